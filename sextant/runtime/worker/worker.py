"""The loop: decode, handle, send, await acknowledgements, commit; state built on assignment, drained on revocation."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from functools import partial

from sextant.bus.errors import MembershipLost
from sextant.bus.port import GroupConsumer, TopicPartition
from sextant.core.time import MILLISECOND
from sextant.runtime.halted import Halted
from sextant.runtime.service import Resources
from sextant.runtime.settings.process import Fault
from sextant.runtime.stage import StageSpec
from sextant.runtime.worker.answered import output_ends
from sextant.runtime.worker.engine import Engine
from sextant.runtime.worker.gathering import gathered
from sextant.runtime.worker.keeper import Keeper
from sextant.runtime.worker.metrics import WorkerMetrics
from sextant.runtime.worker.ownlog import OwnLog, Superseded
from sextant.runtime.worker.recovery import Recovered, recover
from sextant.runtime.worker.sides import Sides
from sextant.runtime.worker.steps import Steps

_POLL_S = 0.1
_MAX_RECORDS = 2_000


class Worker:
    """Runs one stage; a `RebalanceListener` of its own consumer."""

    def __init__(self, resources: Resources, spec: StageSpec) -> None:
        self._resources, self._spec = resources, spec
        self._clock, self._log, self._health = resources.clock, resources.log, resources.health
        self._metrics = WorkerMetrics(resources.metrics, spec.name, spec.input)
        self._sides = Sides(spec, resources.bus, resources.clock, self._metrics.sides_unreadable)
        self._engines: dict[TopicPartition, Engine] = {}
        self._halted = Halted(self._health, self._log, self._metrics.halted)
        self._dormant: set[TopicPartition] = set()
        self._steps = Steps(
            resources, spec, self._sides, self._halted, self._engines, self._dormant, self._metrics
        )
        self._turn = asyncio.Lock()
        self._turned_ns = 0
        self._must_rejoin = self._has_lost = False
        self._has_failed = False
        self._checks_identity = Fault.IDENTITY_OFF not in resources.process.faults
        self._recovers = Fault.RECOVERY_OFF not in resources.process.faults
        self._own_log: OwnLog
        self._keeper: Keeper
        self._consumer: GroupConsumer

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then drain, snapshot, commit and leave the group."""
        resources = self._resources
        producer = resources.bus.producer()
        self._own_log = OwnLog(resources.bus, producer, self._spec.name, resources.stamper.instance)
        self._steps.connect(self._own_log, producer)
        self._keeper = Keeper(resources, self._own_log, self._engines, self._dormant, self._metrics)
        self._metrics.watch(self._clock.wall_ns, self._keeper.oldest_snapshot_ns)
        sides = asyncio.create_task(self._sides.run())
        self._health.set("state", False, "waiting for an assignment")
        await self._join()
        try:
            while not stop.is_set():
                if sides.done() and self._spec.sides:
                    sides.result()
                if self._must_rejoin:
                    await self._rejoin()
                await self._cycle()
        except BaseException:
            # State may be ahead of what was acknowledged: it must be neither kept nor committed.
            self._has_failed = True
            raise
        finally:
            sides.cancel()
            self._keeper.drop()
            with contextlib.suppress(asyncio.CancelledError):
                await sides
            await asyncio.wait_for(self._consumer.stop(), resources.process.drain_s)
            await self._own_log.settle()
            await self._sides.close()

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Rebuild the state of each partition and catch up with its side inputs."""
        async with self._turn:
            try:
                await self._own_log.claim([at.partition for at in partitions])
                self._turned_ns = self._clock.monotonic_ns()
                ends = await output_ends(self._resources.bus, self._spec)
                starts = await gathered(self._take(at, ends) for at in partitions)
            except MembershipLost as error:
                self._lose(error)
                return {}
            self._has_lost = False
            self._metrics.partitions.set(len(self._engines))
            return dict(zip(partitions, starts, strict=True))

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Commit, snapshot and forget; nothing is in flight because steps hold the turn. Also called when they are lost already."""
        async with self._turn:
            held = [at for at in partitions if at in self._engines]
            try:
                if not self._has_failed:
                    await self._keeper.leave_behind(held, self._consumer)
            except MembershipLost as error:
                self._lose(error)
                self._must_rejoin = False  # whoever calls this back does so already, or leaves for good
            finally:
                self._has_lost = False
                self._forget(partitions)

    def _lose(self, error: MembershipLost) -> None:
        """Drop everything unsaid: a member that lost one partition has lost its whole assignment. It goes on and is given a new one."""
        self._log.warning("partitions lost", partitions=len(self._engines), reason=str(error))
        self._metrics.memberships_lost.inc()
        self._health.set("state", False, "waiting for an assignment")
        self._must_rejoin, self._has_lost = isinstance(error, Superseded), True
        self._forget(list(self._engines))

    def _forget(self, partitions: Sequence[TopicPartition]) -> None:
        self._keeper.forget(partitions)
        self._halted.release(partitions)
        self._own_log.release(at.partition for at in partitions)
        for at in partitions:
            self._engines.pop(at, None)
            self._dormant.discard(at)
        self._metrics.partitions.set(len(self._engines))

    async def _join(self) -> None:
        self._consumer = await self._resources.bus.group(
            self._spec.name, [self._spec.input], self, instance=self._resources.stamper.instance
        )

    async def _rejoin(self) -> None:
        """Become a member anew. A claim of somebody whom the group has given up already would else leave its partition to nobody."""
        self._must_rejoin = False
        await asyncio.wait_for(self._consumer.stop(), self._resources.process.drain_s)
        await self._join()

    async def _take(self, at: TopicPartition, ends: Mapping[TopicPartition, int]) -> int:
        committed = await self._consumer.committed(at)
        recovered = await self._recover(at, committed, ends)
        engine = recovered.engine
        self._engines[at] = engine
        self._metrics.replayed.inc(recovered.replayed)
        self._keeper.begin(at)
        await self._steps.begin(at, recovered)
        self._log.info(
            "partition taken",
            partition=at.partition,
            next_offset=engine.next_offset,
            replayed=recovered.replayed,
        )
        return engine.next_offset

    async def _recover(
        self, at: TopicPartition, committed: int | None, ends: Mapping[TopicPartition, int]
    ) -> Recovered:
        make = partial(Engine, self._spec, at.partition, checks_identity=self._checks_identity)
        if not self._recovers:
            engine = make()
            engine.next_offset = committed or 0
            return Recovered(engine)
        return await recover(
            self._resources.bus,
            self._spec,
            at.partition,
            committed,
            has_state=self._own_log.has_past(at.partition),
            make=make,
            ends=ends,
        )

    async def _cycle(self) -> None:
        self._health.beat()
        polled = await self._consumer.poll(
            max_records=_MAX_RECORDS, timeout_s=self._sides.until_timer_s(_POLL_S)
        )
        async with self._turn:
            try:
                await self._confirm()
                await self._steps.step(polled, self._consumer)
                await self._keeper.keep(self._consumer)
                self._tell()
            except MembershipLost as error:
                self._lose(error)
            self._turned_ns = self._clock.monotonic_ns()

    def _tell(self) -> None:
        """State what this instance is: ready while it has its share of the partitions, none perhaps, and everything that they need."""
        has_share = self._consumer.is_settled and not self._has_lost
        ready = has_share and self._sides.is_ready and not self._halted
        self._health.set("state", ready, f"{len(self._engines)} partitions")

    async def _confirm(self) -> None:
        """After standing still for long enough to have lost the session, ask before a word is said: the broker knows, we may not."""
        stood_ns = self._clock.monotonic_ns() - self._turned_ns
        if self._turned_ns and stood_ns > self._resources.process.session_timeout_ms * MILLISECOND // 2:
            await self._own_log.confirm(
                {at.partition: engine.next_offset for at, engine in self._engines.items()}
            )
