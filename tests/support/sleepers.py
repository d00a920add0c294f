"""Processes that are held in their tracks, as by SIGSTOP: their group goes on without them, and they wake up where they stood."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.memory.consumers import MemoryGroupConsumer
from sextant.bus.port import (
    GroupConsumer,
    Outgoing,
    Position,
    Producer,
    RebalanceListener,
    Record,
    TopicPartition,
)
from sextant.core.time import Clock, SystemClock


class KeepingLog(MemoryLog):
    """A log that lets go of records like any other, and remembers all that ever lay in some partitions."""

    def __init__(self, remembered: Sequence[TopicPartition]) -> None:
        super().__init__(SystemClock())
        self.history: dict[TopicPartition, list[Outgoing]] = {at: [] for at in remembered}

    def append(self, records: Sequence[Outgoing]) -> list[Position]:
        for record in records:
            at = TopicPartition(record.topic, record.partition)
            if at in self.history:
                self.history[at].append(record)
        return super().append(records)


class ProcessIsGone(Exception):
    """What a killed process would ask of the log."""


class Gate:
    """Where a process stands while it is held."""

    def __init__(self) -> None:
        self.awake = asyncio.Event()
        self.awake.set()
        self.is_gone = False

    async def passed(self) -> None:
        await self.awake.wait()
        if self.is_gone:
            raise ProcessIsGone


class Sleeper(MemoryBus):
    """The bus of one process that may be held at each thing that it asks of the log, before or after the log has done it."""

    def __init__(self, log: MemoryLog) -> None:
        super().__init__(log)
        self._gate, self._deletions = Gate(), asyncio.Event()
        self._deletions.set()
        self._producer_inside = super().producer()
        self.is_deleting = False

    @property
    def awake(self) -> asyncio.Event:
        return self._gate.awake

    def hold(self) -> None:
        """Stop here. The group takes it for dead at once."""
        self.awake.clear()
        self.expire()

    def expire(self) -> None:
        """Let the group give this process up, although it goes on."""
        for consumer in self._made:
            if isinstance(consumer, MemoryGroupConsumer):
                consumer.expire()

    def hold_deletions(self) -> None:
        """Stop at the next deletion, until woken up."""
        self._deletions.clear()

    def wake(self) -> None:
        """Go on in the belief that nothing has happened."""
        self._deletions.set()
        self.awake.set()

    def kill(self) -> None:
        """Do nothing any more."""
        self._gate.is_gone = True
        self.expire()
        self.wake()

    def producer(self) -> Producer:
        return self

    async def send(self, records: Sequence[Outgoing]) -> list[Position]:
        await self._gate.passed()
        positions = await self._producer_inside.send(records)
        await self._gate.passed()
        return positions

    async def prepare(self, topics: Sequence[str]) -> None:
        await self._producer_inside.prepare(topics)

    async def delete_before(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.is_deleting = True
        await self._deletions.wait()
        await self._gate.passed()
        await super().delete_before(offsets)

    async def read(
        self, partition: TopicPartition, start: int | None = None, end: int | None = None
    ) -> Sequence[Record]:
        await self._gate.passed()
        return await super().read(partition, start, end)

    async def group(  # type: ignore[override]  # the port's type is enough here
        self,
        group: str,
        topics: Sequence[str],
        listener: RebalanceListener,
        *,
        instance: str,
        gather_ms: int = 0,
    ) -> GroupConsumer:
        return _Member(await super().group(group, topics, listener, instance=instance), self._gate)


class _Member:
    """A member of a group that is held with its process."""

    def __init__(self, member: GroupConsumer, gate: Gate) -> None:
        self._member, self._gate = member, gate

    async def poll(self, *, max_records: int, timeout_s: float) -> Mapping[TopicPartition, Sequence[Record]]:
        await self._gate.passed()
        polled = await self._member.poll(max_records=max_records, timeout_s=timeout_s)
        await self._gate.passed()
        return polled

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        self._member.pause(partitions)

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        self._member.resume(partitions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._member.seek(partition, offset)

    def assignment(self) -> frozenset[TopicPartition]:
        return self._member.assignment()

    @property
    def is_settled(self) -> bool:
        return self._member.is_settled

    async def committed(self, partition: TopicPartition) -> int | None:
        await self._gate.passed()
        return await self._member.committed(partition)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await self._gate.passed()
        await self._member.commit(offsets)
        await self._gate.passed()

    async def high_water(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return await self._member.high_water(partitions)

    async def stop(self) -> None:
        await self._gate.passed()
        await self._member.stop()


class LeapingClock:
    """A clock whose monotonic reading can be put on, as if the process had been held."""

    def __init__(self) -> None:
        self._clock: Clock = SystemClock()
        self.leapt_ns = 0

    def wall_ns(self) -> int:
        return self._clock.wall_ns() + self.leapt_ns

    def monotonic_ns(self) -> int:
        return self._clock.monotonic_ns() + self.leapt_ns
