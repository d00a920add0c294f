"""The stages of one process: records go from one to the next in memory, one thread, in an order that depends on nothing but them.

What was said is delivered before any stage works on: side inputs to every engine that wants them, then to those who listen. Of the
engines that have input the one of the earliest stage works first, so batches stay whole.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sextant.bus.port import Outgoing
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.topics import TOPICS, Poison
from sextant.core.identity import Identity
from sextant.runtime.lineage import Lineage
from sextant.runtime.stage import Input, StageSpec
from sextant.runtime.stamp import ROOT_TOPIC, Stamper, partition_of
from sextant.runtime.worker.engine import Addressed, Engine
from sextant.runtime.worker.outputs import OutputStamper
from sextant.telemetry.spans import SpanSink
from topologies.fused.clock import RunningClock
from topologies.fused.log import RunLog
from topologies.fused.way import DeferredLineage

Listener = Callable[[Input], None]
REGION: Final = "local"
INSTANCE: Final = "fused"


@dataclass(slots=True)
class _Slot:
    """One engine: its input that waits, and the number of side steps that its state topic would hold."""

    rank: int
    engine: Engine
    stamper: Stamper
    outputs: OutputStamper
    inbox: list[Input] = field(default_factory=list)
    steps: int = 0


@dataclass(slots=True)
class StageTime:
    """How long a stage worked on its input, by the machine's monotonic clock."""

    records: int = 0
    total_ns: int = 0

    def add(self, records: int, took_ns: int) -> None:
        self.records += records
        self.total_ns += took_ns


class Line:
    """The run queue. `partitions` says which input partitions of each stage exist in this run."""

    def __init__(
        self,
        specs: Sequence[StageSpec],
        partitions: Callable[[StageSpec], Iterable[int]],
        log: RunLog,
        running: RunningClock,
        spans: SpanSink,
    ) -> None:
        self._log, self._running = log, running
        self.times: dict[str, StageTime] = {spec.name: StageTime() for spec in specs}
        self._slots: list[_Slot] = []
        self._by_input: dict[tuple[str, int], _Slot] = {}
        self._by_side: dict[str, list[_Slot]] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._said: deque[Input] = deque()
        self._busy: list[int] = []
        for spec in specs:
            stamper = Stamper(spec.name, INSTANCE, REGION, running)
            outputs = OutputStamper(stamper, spans)
            for number in sorted(set(partitions(spec))):
                self._add(_Slot(len(self._slots), Engine(spec, number), stamper, outputs))

    def _add(self, slot: _Slot) -> None:
        spec = slot.engine.spec
        self._slots.append(slot)
        self._by_input[spec.input, slot.engine.partition] = slot
        for topic in spec.sides:
            self._by_side.setdefault(topic, []).append(slot)

    def listen(self, topic: str, listener: Listener) -> None:
        """Have `listener` called with each record of a topic, after the engines that read it as a side input."""
        self._listeners.setdefault(topic, []).append(listener)

    def say(self, record: Outgoing) -> Input:
        """Take a whole record of an edge service."""
        said = self._log.append_outgoing(record)
        self._said.append(said)
        return said

    def say_batch(self, base: str, batch: object, raw: bytes, identity: Identity, lineage: Lineage) -> None:
        """Take a columnar batch of ingest: the message for triangulation, its bytes for everyone behind it."""
        partition = partition_of(TOPICS[ROOT_TOPIC], base)
        self._said.append(self._log.append(ROOT_TOPIC, partition, base, batch, raw, identity, lineage))

    def fire(self, stage: str, now_ns: int) -> None:
        """Fire a stage's timer at an event time."""
        for slot in self._slots:
            if slot.engine.spec.name == stage:
                self._apply(slot, state_pb2.SideEvent(timer_ns=now_ns))

    def run(self) -> None:
        """Work until nobody has anything to do. Raises PoisonRecord when a record cannot be used: one process, nothing to skip to."""
        while True:
            while self._said:
                self._deliver(self._said.popleft())
            if not self._busy:
                return
            self._feed(self._slots[heapq.heappop(self._busy)])

    def _deliver(self, record: Input) -> None:
        at = record.position
        sides = self._by_side.get(at.topic)
        if sides:
            event = _side_event(record)
            for slot in sides:
                if slot.engine.wants(at.topic, at.partition, at.offset):
                    self._apply(slot, event)
        for listener in self._listeners.get(at.topic, ()):
            listener(record)
        slot_of_input = self._by_input.get((at.topic, at.partition))
        if slot_of_input is not None:
            if not slot_of_input.inbox:
                heapq.heappush(self._busy, slot_of_input.rank)
            slot_of_input.inbox.append(record)

    def _feed(self, slot: _Slot) -> None:
        inbox, slot.inbox = slot.inbox, []
        in_ns, began_ns = self._running.wall_ns(), time.perf_counter_ns()
        said = slot.engine.feed(inbox)
        self._say_outputs(slot, said, in_ns)
        self.times[slot.engine.spec.name].add(len(inbox), time.perf_counter_ns() - began_ns)

    def _apply(self, slot: _Slot, event: state_pb2.SideEvent) -> None:
        in_ns = self._running.wall_ns()
        step = state_pb2.SideStep(before_offset=slot.engine.next_offset, events=[event])
        said = slot.engine.apply(step, slot.steps)
        slot.steps += 1
        self._say_outputs(slot, said, in_ns)

    def _say_outputs(self, slot: _Slot, said: Iterable[Addressed], in_ns: int) -> None:
        out_ns = self._running.wall_ns()
        for addressed in said:
            output = addressed.output
            entry = TOPICS[output.topic]
            if output.id_field or entry.poison is Poison.HALT:
                (record,) = slot.outputs.stamp([addressed], in_ns)
                self.say(record)
                continue
            # Market topics: the next stage takes the message itself; bytes are made when the run is read, if ever.
            cause, stamper = addressed.cause, slot.stamper
            before, at = (cause.lineage, cause.position) if cause else (Lineage(), None)
            lineage: Lineage
            if output.uses:
                lineage = before.with_hop(stamper.hop(in_ns, at), output.uses)
            else:
                lineage = DeferredLineage(
                    before, stamper.stage, stamper.instance, REGION, (in_ns, out_ns), at
                )
            partition = partition_of(entry, output.partition_key)
            self._said.append(
                self._log.append(
                    output.topic, partition, output.key, output.value, b"", addressed.identity, lineage
                )
            )
        slot.outputs.tell()


def _side_event(record: Input) -> state_pb2.SideEvent:
    at = record.position
    position = values_pb2.Position(topic=at.topic, partition=at.partition, offset=at.offset)
    return state_pb2.SideEvent(
        record=state_pb2.SideRecord(
            position=position,
            key=record.key.encode(),
            value=record.raw,
            identity=record.identity.encode(),
        )
    )
