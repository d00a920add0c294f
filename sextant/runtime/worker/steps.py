"""The steps of a worker: side events are journalled and applied, records fed, and what is said is sent, in this order."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, MutableSet, Sequence

from sextant.bus.errors import BusUnavailable
from sextant.bus.port import GroupConsumer, Outgoing, Producer, Record, TopicPartition
from sextant.contracts.runtime.v1 import state_pb2
from sextant.core.errors import PoisonRecord
from sextant.core.identity import trace_id
from sextant.core.time import SECOND
from sextant.runtime.halted import Halted
from sextant.runtime.service import Resources
from sextant.runtime.stage import Input, StageSpec
from sextant.runtime.stamp import ROOT_STAGE
from sextant.runtime.worker.engine import Addressed, Engine
from sextant.runtime.worker.gathering import gathered
from sextant.runtime.worker.metrics import WorkerMetrics
from sextant.runtime.worker.outputs import TRACED, OutputStamper
from sextant.runtime.worker.ownlog import OwnLog
from sextant.runtime.worker.poison import PoisonGuard, Sifted
from sextant.runtime.worker.recovery import Recovered, as_before
from sextant.runtime.worker.sides import Sides


class Steps:
    """Moves the partitions in `engines`, which the worker fills; `dormant` ones have had no input yet. Everything may raise MembershipLost."""

    def __init__(
        self,
        resources: Resources,
        spec: StageSpec,
        sides: Sides,
        halted: Halted,
        engines: MutableMapping[TopicPartition, Engine],
        dormant: MutableSet[TopicPartition],
        metrics: WorkerMetrics,
    ) -> None:
        self._spec, self._bus, self._clock, self._metrics = spec, resources.bus, resources.clock, metrics
        self._sides, self._halted, self._engines, self._dormant = sides, halted, engines, dormant
        self._outputs = OutputStamper(resources.stamper, resources.spans)
        self._poison, self._log = PoisonGuard(spec.name), resources.log
        self._own_log: OwnLog
        self._producer: Producer

    def connect(self, own_log: OwnLog, producer: Producer) -> None:
        """From here on the log may be written."""
        self._own_log, self._producer = own_log, producer

    async def begin(self, at: TopicPartition, recovered: Recovered) -> None:
        """Say what a former owner may not have said, and catch up with side inputs."""
        await self._send(recovered.unsent, self._clock.wall_ns())
        if recovered.engine.next_offset or self._spec.timer_ns:
            await self._apply_sides({at: await self._sides.catch_up(recovered.engine)})
        else:
            # Without input there is nothing to decide: side inputs are read when the first one comes.
            self._dormant.add(at)

    async def step(self, polled: Mapping[TopicPartition, Sequence[Record]], consumer: GroupConsumer) -> None:
        """Apply what came, side inputs first."""
        in_ns = self._clock.wall_ns()
        await self._wake([at for at in polled if at in self._dormant])
        awake = [at for at in self._engines if at not in self._dormant]
        if self._sides.hearing.was_held():
            await self._read_up(awake)
        drained = self._sides.drain()
        await self._apply_sides(dict.fromkeys(awake, drained))
        said: list[Addressed] = []
        letters: list[Outgoing] = []
        for at, records in polled.items():
            if at in self._engines and at not in self._halted:
                said.extend(await self._feed(at, records, letters, consumer))
        if said or letters:
            await self._send(said, in_ns, letters)
            self._metrics.step_seconds.observe((self._clock.wall_ns() - in_ns) / SECOND)

    async def _wake(self, partitions: Sequence[TopicPartition]) -> None:
        caught = await gathered(self._sides.catch_up_at_once(self._engines[at]) for at in partitions)
        for at in partitions:
            self._dormant.discard(at)
        await self._apply_sides(dict(zip(partitions, caught, strict=True)))

    async def _read_up(self, awake: Sequence[TopicPartition]) -> None:
        """After standing still: apply what was said meanwhile before anything is answered, whatever has reached us of it by itself."""
        try:
            for at in awake:
                await self._apply_sides({at: await self._sides.catch_up(self._engines[at])})
        except BusUnavailable as error:
            # Everything counts as silent meanwhile, so nothing is approved; the next step tries again.
            self._log.warning("side inputs not read up after standing still", reason=str(error))
            return
        self._sides.hearing.read_up(self._engines[at].side_next for at in awake)

    async def _feed(
        self,
        at: TopicPartition,
        records: Sequence[Record],
        letters: list[Outgoing],
        consumer: GroupConsumer,
    ) -> list[Addressed]:
        engine = self._engines[at]
        fresh = [record for record in records if record.offset >= engine.next_offset]
        self._metrics.records_in.inc(len(fresh))
        sifted = self._poison.sift(fresh)
        if sifted.inputs:
            self._metrics.newest_ns = max(self._metrics.newest_ns, received_ns(sifted.inputs[-1]))
        try:
            said = engine.feed(sifted.inputs)
        except PoisonRecord as error:
            said = await self._feed_without(error, at, fresh, sifted)
        for letter in sifted.letters:
            letters.append(letter)
            self._metrics.dead_lettered(at.topic)
        if sifted.halts is not None:
            consumer.pause([at])
            self._halted.halt(at, f"offset {sifted.halts.offset}: {sifted.halts.reason}")
        if fresh and sifted.halts is None:
            self._engines[at].next_offset = fresh[-1].offset + 1
        return said

    async def _feed_without(
        self, error: PoisonRecord, at: TopicPartition, fresh: Sequence[Record], sifted: Sifted
    ) -> list[Addressed]:
        """Feed what the handler does not refuse. By then a part of the batch has moved its state, so the one from before is rebuilt."""
        while True:
            self._poison.refuse(error, fresh, sifted)
            self._engines[at] = await as_before(self._bus, self._engines[at], fresh[0].offset)
            try:
                return self._engines[at].feed(sifted.inputs)
            except PoisonRecord as another:
                error = another

    async def _apply_sides(self, events_of: Mapping[TopicPartition, Sequence[state_pb2.SideEvent]]) -> None:
        """Journal the side events of each partition as far as they concern it, then apply them: never the other way round."""
        steps: dict[TopicPartition, state_pb2.SideStep] = {}
        for at, events in events_of.items():
            engine = self._engines[at]
            chosen = [event for event in events if _concerns(engine, event)]
            if chosen:
                steps[at] = state_pb2.SideStep(before_offset=engine.next_offset, events=chosen)
        if not steps:
            return
        offsets = await self._own_log.journal({at.partition: step for at, step in steps.items()})
        said: list[Addressed] = []
        for at, step in steps.items():
            said.extend(self._engines[at].apply(step, offsets[at.partition]))
        await self._send(said, self._clock.wall_ns())

    async def _send(self, said: Sequence[Addressed], in_ns: int, letters: Sequence[Outgoing] = ()) -> None:
        records = [*self._outputs.stamp(said, in_ns), *letters]
        if not records:
            return
        try:
            await self._producer.send(records)
        finally:
            self._outputs.tell()
        for record in records:
            self._metrics.sent(record.topic, 1)
        self._measure(said)

    def _measure(self, said: Sequence[Addressed]) -> None:
        """Take how old the ticks are that something came of: each one that may become an order, else the newest of a step."""
        now_ns, tick_age = self._clock.wall_ns(), self._metrics.tick_age
        for number, (output, identity, cause) in enumerate(said, 1 - len(said)):
            if self._spec.observe is not None:
                self._spec.observe(output)
            is_traced = output.topic in TRACED
            if cause is not None and (is_traced or not number) and (from_ns := received_ns(cause)):
                tick_age.observe(from_ns, now_ns, trace_id(identity.root) if is_traced else b"")


def received_ns(record: Input) -> int:
    """Return when ingest received what led to a record, ns; 0 where it did not come from a market."""
    first = record.lineage.first()
    return first.in_ns if first is not None and first.stage == ROOT_STAGE else 0


def _concerns(engine: Engine, event: state_pb2.SideEvent) -> bool:
    if event.WhichOneof("kind") != "record":
        return True
    at = event.record.position
    return engine.wants(at.topic, at.partition, at.offset)
