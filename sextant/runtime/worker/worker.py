"""The loop: decode, handle, send, await acknowledgements, commit; state built on assignment, drained on revocation."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

from sextant.bus.port import GroupConsumer, Outgoing, Producer, Record, TopicPartition
from sextant.contracts.runtime.v1 import state_pb2
from sextant.core.errors import PoisonRecord
from sextant.core.time import SECOND
from sextant.runtime.service import Resources
from sextant.runtime.settings.process import Fault
from sextant.runtime.stage import Input, StageSpec
from sextant.runtime.stamp import open_record
from sextant.runtime.worker.answered import output_ends
from sextant.runtime.worker.commits import HeldOffsets
from sextant.runtime.worker.engine import Addressed, Engine
from sextant.runtime.worker.journal import claim_record, snapshot_record, step_record
from sextant.runtime.worker.metrics import WorkerMetrics
from sextant.runtime.worker.outputs import OutputStamper
from sextant.runtime.worker.poison import PoisonGuard
from sextant.runtime.worker.recovery import recover
from sextant.runtime.worker.sides import Sides

_POLL_S = 0.1
_COMMIT_NS = SECOND // 5
_MAX_RECORDS = 2_000


class Worker:
    """Runs one stage; a `RebalanceListener` of its own consumer."""

    def __init__(self, resources: Resources, spec: StageSpec) -> None:
        self._resources, self._spec = resources, spec
        self._clock, self._log, self._health = resources.clock, resources.log, resources.health
        self._metrics = WorkerMetrics(resources.metrics, spec.name)
        self._outputs = OutputStamper(resources.stamper, resources.spans)
        self._sides = Sides(spec, resources.bus, resources.clock)
        self._poison = PoisonGuard(spec.name)
        self._engines: dict[TopicPartition, Engine] = {}
        self._owner: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._held = HeldOffsets(resources.spans)
        self._snapped: dict[TopicPartition, tuple[int, int]] = {}
        self._halted: set[TopicPartition] = set()
        self._dormant: set[TopicPartition] = set()
        self._turn = asyncio.Lock()
        self._commit_ns = 0
        self._has_failed = False
        self._checks_identity = Fault.IDENTITY_OFF not in resources.process.faults
        self._producer: Producer
        self._consumer: GroupConsumer

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then drain, snapshot, commit and leave the group."""
        resources = self._resources
        self._producer = resources.bus.producer()
        sides = asyncio.create_task(self._sides.run())
        self._health.set("state", False, "waiting for an assignment")
        self._consumer = await resources.bus.group(
            self._spec.name, [self._spec.input], self, instance=resources.stamper.instance
        )
        try:
            while not stop.is_set():
                if sides.done() and self._spec.sides:
                    sides.result()
                await self._cycle()
        except BaseException:
            # State may be ahead of what was acknowledged: it must be neither kept nor committed.
            self._has_failed = True
            raise
        finally:
            sides.cancel()
            self._held.drop()
            with contextlib.suppress(asyncio.CancelledError):
                await sides
            await asyncio.wait_for(self._consumer.stop(), resources.process.drain_s)
            await self._sides.close()

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Rebuild the state of each partition and catch up with its side inputs."""
        async with self._turn:
            self._metrics.rebalances.inc()
            await self._claim(partitions)
            ends = await output_ends(self._resources.bus, self._spec)
            starts = await asyncio.gather(*(self._take(at, ends) for at in partitions))
            self._metrics.partitions.set(len(self._engines))
            return dict(zip(partitions, starts, strict=True))

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Snapshot, commit and forget; nothing is in flight because steps hold the turn."""
        async with self._turn:
            held = [at for at in partitions if at in self._engines]
            if not self._has_failed:
                await self._leave_behind(held)
            for at in held:
                del self._engines[at]
                self._committed.pop(at, None)
                self._snapped.pop(at, None)
                self._halted.discard(at)
                self._dormant.discard(at)
            self._metrics.partitions.set(len(self._engines))

    async def _leave_behind(self, held: Sequence[TopicPartition]) -> None:
        await self._snapshot([at for at in held if at not in self._dormant])
        await self._resources.spans.settle()
        self._held.drop()
        await self._commit(self._reached())

    async def _claim(self, partitions: Sequence[TopicPartition]) -> None:
        """Begin as the owner: from here on whatever a former owner writes to the state topic is void."""
        instance = self._resources.stamper.instance
        claims = [claim_record(self._spec.name, at.partition, instance) for at in partitions]
        places = await self._producer.send(claims)
        self._owner.update({at: place.offset for at, place in zip(partitions, places, strict=True)})

    async def _take(self, at: TopicPartition, ends: Mapping[TopicPartition, int]) -> int:
        committed = await self._consumer.committed(at)
        recovered = await recover(
            self._resources.bus,
            self._spec,
            at.partition,
            committed,
            has_state=self._owner[at] > 0,
            make=lambda: Engine(self._spec, at.partition, checks_identity=self._checks_identity),
            ends=ends,
        )
        engine = recovered.engine
        self._engines[at] = engine
        self._metrics.replayed.inc(recovered.replayed)
        self._snapped[at] = (engine.next_offset, self._clock.monotonic_ns())
        await self._send(recovered.unsent, self._clock.wall_ns())
        if engine.next_offset or self._spec.timer_ns:
            await self._apply_sides([at], await self._sides.catch_up(engine))
        else:
            # Without input there is nothing to decide: side inputs are read when the first one comes.
            self._dormant.add(at)
        self._log.info(
            "partition taken",
            partition=at.partition,
            next_offset=engine.next_offset,
            replayed=recovered.replayed,
        )
        return engine.next_offset

    async def _cycle(self) -> None:
        self._health.beat()
        polled = await self._consumer.poll(
            max_records=_MAX_RECORDS, timeout_s=self._sides.until_timer_s(_POLL_S)
        )
        async with self._turn:
            in_ns = self._clock.wall_ns()
            await self._wake([at for at in polled if at in self._dormant])
            awake = [at for at in self._engines if at not in self._dormant]
            await self._apply_sides(awake, self._sides.drain())
            said: list[Addressed] = []
            letters: list[Outgoing] = []
            for at, records in polled.items():
                if at in self._engines and at not in self._halted:
                    said.extend(self._feed(at, records, letters))
            if said or letters:
                await self._send(said, in_ns, letters)
                self._metrics.step_seconds.observe((self._clock.wall_ns() - in_ns) / SECOND)
            await self._keep()

    async def _wake(self, partitions: Sequence[TopicPartition]) -> None:
        for at in partitions:
            self._dormant.discard(at)
            await self._apply_sides([at], await self._sides.catch_up(self._engines[at]))

    def _feed(
        self, at: TopicPartition, records: Sequence[Record], letters: list[Outgoing]
    ) -> list[Addressed]:
        engine = self._engines[at]
        fresh = [record for record in records if record.offset >= engine.next_offset]
        self._metrics.records_in.inc(len(fresh))
        inputs: list[Input] = []
        halted = False
        for record in fresh:
            try:
                inputs.append(open_record(record))
                self._poison.readable()
            except PoisonRecord as error:
                letter = self._poison.dead_letter(record, error)
                if letter is None:
                    self._halt(at, error)
                    halted = True
                    break
                letters.append(letter)
                self._metrics.dead_lettered(record.topic)
        said = engine.feed(inputs)
        if fresh and not halted:
            engine.next_offset = fresh[-1].offset + 1
        self._metrics.duplicates.set(sum(each.duplicates for each in self._engines.values()))
        return said

    def _halt(self, at: TopicPartition, error: PoisonRecord) -> None:
        self._halted.add(at)
        self._consumer.pause([at])
        self._metrics.halted.set(len(self._halted))
        self._health.set(
            f"partition/{at.partition}", False, f"halted at offset {error.offset}: {error.reason}"
        )
        self._log.error(
            "partition halted",
            topic=at.topic,
            partition=at.partition,
            offset=error.offset,
            reason=error.reason,
        )

    async def _apply_sides(
        self, partitions: Sequence[TopicPartition], events: Sequence[state_pb2.SideEvent]
    ) -> None:
        """Journal side events for each partition that they concern, then apply them: never the other way round."""
        if not events:
            return
        steps = [
            (at, [event for event in events if _concerns(self._engines[at], event)]) for at in partitions
        ]
        steps = [(at, chosen) for at, chosen in steps if chosen]
        records = [
            step_record(self._spec.name, at.partition, self._owner[at], self._engines[at].next_offset, chosen)
            for at, chosen in steps
        ]
        places = await self._producer.send(records)
        said: list[Addressed] = []
        for (at, chosen), place in zip(steps, places, strict=True):
            step = state_pb2.SideStep(before_offset=self._engines[at].next_offset, events=chosen)
            said.extend(self._engines[at].apply(step, place.offset))
        await self._send(said, self._clock.wall_ns())

    async def _send(self, said: Sequence[Addressed], in_ns: int, letters: Sequence[Outgoing] = ()) -> None:
        records = [*self._outputs.stamp(said, in_ns), *letters]
        if not records:
            return
        await self._producer.send(records)
        for record in records:
            self._metrics.sent(record.topic, 1)

    async def _keep(self) -> None:
        now = self._clock.monotonic_ns()
        process = self._resources.process
        due = [
            at
            for at, engine in self._engines.items()
            if at not in self._dormant
            and (
                engine.next_offset - self._snapped[at][0] >= process.snapshot_records
                or now - self._snapped[at][1] >= process.snapshot_s * SECOND
            )
        ]
        if due:
            await self._snapshot(due)
        if now - self._commit_ns >= _COMMIT_NS and not self._held.is_waiting:
            self._commit_ns = now
            self._held.hold(self._reached())
            ready = self._sides.is_ready and not self._halted
            self._health.set("state", ready, f"{len(self._engines)} partitions")
        await self._commit(self._held.take())

    async def _snapshot(self, partitions: Sequence[TopicPartition]) -> None:
        if not partitions:
            return
        # What lies below a snapshot is not replayed, so its spans must have left before.
        await self._resources.spans.settle()
        records = [
            snapshot_record(self._spec.name, at.partition, self._owner[at], self._engines[at].snapshot())
            for at in partitions
        ]
        places = await self._producer.send(records)
        now = self._clock.monotonic_ns()
        for at in partitions:
            self._snapped[at] = (self._engines[at].next_offset, now)
        self._metrics.snapshots.inc(len(records))
        await self._resources.bus.delete_before(
            {TopicPartition(place.topic, place.partition): place.offset for place in places}
        )

    def _reached(self) -> dict[TopicPartition, int]:
        return {at: engine.next_offset for at, engine in self._engines.items()}

    async def _commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        new = {at: offset for at, offset in offsets.items() if offset > self._committed.get(at, 0)}
        if new:
            await self._consumer.commit(new)
            self._committed.update(new)


def _concerns(engine: Engine, event: state_pb2.SideEvent) -> bool:
    if event.WhichOneof("kind") != "record":
        return True
    at = event.record.position
    return engine.wants(at.topic, at.partition, at.offset)
