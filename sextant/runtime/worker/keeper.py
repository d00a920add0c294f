"""Making what a worker has reached last: commits and snapshots, while it works and when it lets go of partitions."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from sextant.bus.port import GroupConsumer, TopicPartition
from sextant.core.time import SECOND
from sextant.runtime.service import Resources
from sextant.runtime.worker.commits import HeldOffsets
from sextant.runtime.worker.engine import Engine
from sextant.runtime.worker.metrics import WorkerMetrics
from sextant.runtime.worker.ownlog import OwnLog

_COMMIT_NS: Final = SECOND // 5


class Keeper:
    """Of the partitions in `engines`, which the worker fills; `dormant` ones have nothing that a snapshot could hold."""

    def __init__(
        self,
        resources: Resources,
        own_log: OwnLog,
        engines: Mapping[TopicPartition, Engine],
        dormant: Collection[TopicPartition],
        metrics: WorkerMetrics,
    ) -> None:
        self._clock, self._spans, self._process = resources.clock, resources.spans, resources.process
        self._own_log, self._engines, self._dormant, self._metrics = own_log, engines, dormant, metrics
        self._held = HeldOffsets(resources.spans)
        self._committed: dict[TopicPartition, int] = {}
        #: The commit under way. The broker takes 10 ms and more for one: no record waits for it.
        self._committing: asyncio.Task[None] | None = None
        #: Next offset and instant (own monotonic clock, ns) of each partition's newest snapshot.
        self._snapped: dict[TopicPartition, tuple[int, int]] = {}
        self._commit_ns = 0

    def begin(self, at: TopicPartition) -> None:
        """A partition was taken, and what lies in the log of it is as far as its engine."""
        # Stages and partitions that began together must not all snapshot at once, ever after.
        begun_ns = self._clock.monotonic_ns() - int(_fraction(at) * self._process.snapshot_s * SECOND)
        self._snapped[at] = (self._engines[at].next_offset, begun_ns)

    def oldest_snapshot_ns(self) -> int:
        """Return the age of the oldest snapshot of a partition that has gone on since; 0 where there is none."""
        now = self._clock.monotonic_ns()
        behind = [
            now - since
            for at, (offset, since) in self._snapped.items()
            if at in self._engines and at not in self._dormant and self._engines[at].next_offset > offset
        ]
        return max(behind, default=0)

    async def keep(self, consumer: GroupConsumer) -> None:
        """Snapshot what is due and begin to commit. Raises MembershipLost, also of the commit before."""
        now = self._clock.monotonic_ns()
        if self._committing is not None and self._committing.done():
            await self._settled()
        for at in self._dormant:
            self.begin(at)  # what wakes has no old snapshot, only a new state
        await self._snapshot([at for at in self._engines if self._is_due(at, now)])
        if now - self._commit_ns >= _COMMIT_NS and not self._held.is_waiting:
            self._commit_ns = now
            self._held.hold(self._reached())
            self._count()
        if self._committing is None and (offsets := self._held.take()):
            self._committing = asyncio.create_task(self._commit(offsets, consumer))

    async def leave_behind(self, held: Sequence[TopicPartition], consumer: GroupConsumer) -> None:
        """Commit first: where the group refuses, the partitions are somebody else's, and their log is not ours to write.

        Raises MembershipLost.
        """
        await self._spans.settle()
        self._held.drop()
        await self._settled()
        await self._commit(self._reached(), consumer)
        await self._snapshot([at for at in held if at not in self._dormant])

    def drop(self) -> None:
        """Commit nothing of what waits, and be told nothing of what is under way."""
        self._held.drop()
        committing, self._committing = self._committing, None
        if committing is not None:
            committing.cancel()

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These are held no more, and nothing of them waits."""
        self.drop()
        for at in partitions:
            self._committed.pop(at, None)
            self._snapped.pop(at, None)

    def _is_due(self, at: TopicPartition, now: int) -> bool:
        offset, since = self._snapped[at]
        is_far = self._engines[at].next_offset - offset >= self._process.snapshot_records
        return is_far or now - since >= self._process.snapshot_s * SECOND

    async def _snapshot(self, partitions: Sequence[TopicPartition]) -> None:
        if not partitions:
            return
        # What lies below a snapshot is not replayed, so its spans must have left before.
        await self._spans.settle()
        await self._own_log.snapshot({at.partition: self._engines[at].snapshot() for at in partitions})
        now = self._clock.monotonic_ns()
        for at in partitions:
            self._snapped[at] = (self._engines[at].next_offset, now)
        self._metrics.snapshots.inc(len(partitions))

    def _reached(self) -> dict[TopicPartition, int]:
        return {at: engine.next_offset for at, engine in self._engines.items()}

    async def _commit(self, offsets: Mapping[TopicPartition, int], consumer: GroupConsumer) -> None:
        new = {at: offset for at, offset in offsets.items() if offset > self._committed.get(at, 0)}
        if new:
            await consumer.commit(new)
            self._committed.update(new)

    async def _settled(self) -> None:
        """Wait for the commit under way. Raises what it raised."""
        committing, self._committing = self._committing, None
        if committing is not None:
            await committing

    def _count(self) -> None:
        engines = self._engines.values()
        self._metrics.duplicates.set(sum(engine.duplicates for engine in engines))
        self._metrics.refused_commands.set(sum(engine.handler.refused_commands for engine in engines))


@lru_cache(maxsize=1_024)
def _fraction(at: TopicPartition) -> float:
    """Return a number in [0, 1) that belongs to a partition."""
    return zlib.crc32(f"{at.topic}/{at.partition}".encode()) / 2**32
