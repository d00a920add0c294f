"""Running the archive: reads every topic in one group, says where the records of orders lie, writes parts, commits after the manifest."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from services.archive.adapters.parquet import ParquetArchive
from services.archive.domain.holding import Holding
from services.archive.index import OrderIndex
from services.archive.metrics import ArchiveMetrics
from sextant.bus.errors import MembershipLost
from sextant.bus.port import GroupConsumer, Record, TopicPartition
from sextant.contracts.topics import TOPICS
from sextant.core.time import SECOND
from sextant.runtime.service import Resources

_POLL_S = 0.5
#: Nobody waits for the archive. Shorter than a poll, so that one that finds nothing means that there is nothing.
_GATHER_MS = 300


class ArchiveService:
    """A `RebalanceListener` of its own consumer; holds records back until a part is due."""

    def __init__(self, resources: Resources, archive: ParquetArchive) -> None:
        self._resources, self._archive = resources, archive
        self._clock = resources.clock
        self._metrics = ArchiveMetrics(resources.metrics)
        #: Before a commit, so that everything below the group's offsets is in the index.
        self._index = OrderIndex(resources.bus.producer(), resources.clock)
        self._waiting: Holding[TopicPartition, Record] = Holding()
        self._next: dict[TopicPartition, int] = {}
        #: What is assigned. After a loss nothing is taken before it is assigned anew: a part must not leave out what was dropped.
        self._held: set[TopicPartition] = set()
        self._turn = asyncio.Lock()
        self._consumer: GroupConsumer | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Archive until `stop`; then write what waits."""
        bus = self._resources.bus
        instance = self._resources.stamper.instance
        consumer = await bus.group("archive", sorted(TOPICS), self, instance=instance, gather_ms=_GATHER_MS)
        self._consumer = consumer
        self._resources.health.set("state", True, "reading")
        try:
            while not stop.is_set():
                self._resources.health.beat()
                polled = await consumer.poll(max_records=5_000, timeout_s=_POLL_S)
                async with self._turn:
                    await self._take(polled)
                    await self._archive_and_commit(self._waiting.due(self._clock.monotonic_ns()))
            await self._drain(consumer)
        finally:
            await asyncio.wait_for(consumer.stop(), self._resources.process.drain_s)

    async def _drain(self, consumer: GroupConsumer) -> None:
        """Take what is still in the topics, so that services that stopped before the archive are archived to their last word."""
        deadline = self._clock.monotonic_ns() + int(self._resources.process.drain_s * SECOND / 2)
        while self._clock.monotonic_ns() < deadline:
            polled = await consumer.poll(max_records=5_000, timeout_s=_POLL_S)
            if not polled:
                return
            async with self._turn:
                await self._take(polled)

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Read on after what the manifests name."""
        async with self._turn:
            # Manifests grow for as long as the archive lives: beside the loop, which has a session to keep.
            starts = await asyncio.to_thread(self._starts, partitions)
            self._next.update(starts)
            self._held.update(partitions)
            return starts

    def _starts(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        topics = sorted({at.topic for at in partitions})
        following = {topic: self._archive.next_offsets(topic) for topic in topics}
        return {
            at: following[at.topic][at.partition] for at in partitions if at.partition in following[at.topic]
        }

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Write what waits of these partitions and commit it. Also called when they are lost already."""
        async with self._turn:
            await self._archive_and_commit(self._waiting.held(partitions))
            for at in partitions:
                self._next.pop(at, None)
                self._held.discard(at)

    async def _take(self, polled: Mapping[TopicPartition, Sequence[Record]]) -> None:
        """Hold what is new, and publish where it lies. Raises OutputLost."""
        for at, records in polled.items():
            if at not in self._held:
                continue
            fresh = [record for record in records if record.offset >= self._next.get(at, 0)]
            if fresh:
                self._waiting.add(at, fresh, sum(map(_size, fresh)), self._clock.monotonic_ns())
                self._next[at] = fresh[-1].offset + 1
                self._index.see(fresh)
        await self._index.publish()

    async def _archive_and_commit(self, partitions: Sequence[TopicPartition]) -> None:
        """Write what waits; where the group refuses the commit, drop what is held and go on with the next assignment."""
        try:
            await self._write(partitions)
        except MembershipLost as error:
            self._metrics.memberships_lost.inc()
            self._resources.log.warning("partitions lost", partitions=len(self._held), reason=str(error))
            self._waiting.drop()
            self._next.clear()
            self._held.clear()

    async def _write(self, partitions: Sequence[TopicPartition]) -> None:
        offsets = {}
        for at in partitions:
            records = self._waiting.take(at)
            part = await asyncio.to_thread(self._archive.write, at.topic, at.partition, records)
            offsets[at] = records[-1].offset + 1
            if part is None:
                continue
            self._metrics.rows.labels(at.topic).inc(part.rows)
            self._metrics.parts.inc()
            self._metrics.bytes.inc(sum(len(record.value or b"") for record in records[-part.rows :]))
        if offsets and self._consumer is not None:
            await self._consumer.commit(offsets)


def _size(record: Record) -> int:
    headers = sum(len(name) + len(value) for name, value in record.headers.items())
    return len(record.key) + len(record.value or b"") + headers
