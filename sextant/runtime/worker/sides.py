"""Side inputs of a worker: read by broadcast, held until the next step."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from prometheus_client import Counter

from sextant.bus.port import BroadcastConsumer, Bus, Record, TopicPartition
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.topics import TOPICS, Poison
from sextant.core.errors import Fatal, PoisonRecord, Refused
from sextant.core.time import Clock
from sextant.runtime.stage import StageSpec
from sextant.runtime.stamp import open_record
from sextant.runtime.worker.engine import Engine
from sextant.runtime.worker.gathering import gathered
from sextant.runtime.worker.hearing import Hearing, silence
from sextant.runtime.worker.journal import side_event
from sextant.runtime.worker.remembered import Remembered

_IDLE_S = 0.2
#: With so many records waiting to be applied no more is read: the worker stands still, in a recovery or before a log that does not answer.
#: Silence is counted meanwhile, so a stage that fails closed by it does.
MOST_PENDING: Final = 20_000


class Sides:
    """Reads the side topics of a stage and turns them into events that the worker journals and applies."""

    def __init__(self, spec: StageSpec, bus: Bus, clock: Clock, unreadable: Counter) -> None:
        self._spec, self._bus, self._clock, self._unreadable = spec, bus, clock, unreadable
        self._consumer: BroadcastConsumer | None = None
        self._pending: deque[Record] = deque()
        self.hearing = Hearing(spec, clock)
        self._next_timer_ns = 0
        self._remembered = Remembered()
        self._drained = asyncio.Event()

    @property
    def is_ready(self) -> bool:
        """Whether everything that was there at start has been read."""
        return not self._spec.sides or (self._consumer is not None and self._consumer.is_ready)

    async def run(self) -> None:
        """Read until cancelled."""
        if not self._spec.sides:
            return
        self._consumer = await self._bus.broadcast(self._spec.sides)
        while True:
            was_ready = self._consumer.is_ready
            records = await self._consumer.poll(max_records=2_000, timeout_s=_IDLE_S)
            if was_ready:
                self.hearing.hear(records)
            if records:
                self._pending.extend(records)
            while len(self._pending) >= MOST_PENDING:
                self._drained.clear()
                await self._drained.wait()

    async def close(self) -> None:
        if self._consumer is not None:
            await self._consumer.stop()

    def drain(self) -> list[state_pb2.SideEvent]:
        """Return what has come since the last call: records, changes of silence, a timer that is due."""
        self._drained.set()
        events = self.hearing.changes()
        while self._pending:
            record = self._pending.popleft()
            self._remembered.add(record)
            events.extend(self._event(record))
        if self._spec.timer_ns and self._clock.monotonic_ns() >= self._next_timer_ns:
            self._next_timer_ns = self._clock.monotonic_ns() + self._spec.timer_ns
            events.append(state_pb2.SideEvent(timer_ns=self._clock.wall_ns()))
        return events

    async def catch_up(self, engine: Engine) -> list[state_pb2.SideEvent]:
        """Return everything that a newly assigned partition has not applied yet, so that it starts with the whole view."""
        wanted = [
            TopicPartition(topic, number)
            for topic in self._spec.sides
            for number in range(TOPICS[topic].partitions)
            if engine.wants(topic, number, 1 << 62)
        ]
        reads = await gathered(self._bus.read(at, engine.side_next.get(at)) for at in wanted)
        events = [event for records in reads for record in records for event in self._event(record)]
        return [*events, *self._silences(engine)]

    async def catch_up_at_once(self, engine: Engine) -> list[state_pb2.SideEvent]:
        """As catch_up() for a partition that has applied nothing yet, up to what the last drain() returned: its first input is waiting.

        Reading the log takes a connection for each topic, so what was read before is remembered.
        """
        remembered = self._remembered.records()
        if not self.is_ready or remembered is None:
            return await self.catch_up(engine)
        wanted = [each for each in remembered if engine.wants(each.topic, each.partition, each.offset)]
        events = [event for record in wanted for event in self._event(record)]
        return [*events, *self._silences(engine)]

    def until_timer_s(self, longest_s: float) -> float:
        """Return how long a poll may take so that the timer fires in time, at most `longest_s`."""
        if not self._spec.timer_ns:
            return longest_s
        return min(longest_s, max(0.0, (self._next_timer_ns - self._clock.monotonic_ns()) / 1e9))

    def _silences(self, engine: Engine) -> list[state_pb2.SideEvent]:
        silent = self.hearing.silent
        return [silence(topic, topic in silent) for topic in sorted(silent ^ engine.side.silent)]

    def _event(self, record: Record) -> list[state_pb2.SideEvent]:
        try:
            if record.value is not None:
                open_record(record)
            return [side_event(record)]
        except (PoisonRecord, Refused) as error:
            if TOPICS[record.topic].poison is Poison.HALT:
                raise Fatal(
                    f"side input {record.topic} cannot be read, so nothing may be decided: {error}"
                ) from error
            self._unreadable.inc()
            return []
