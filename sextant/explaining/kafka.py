"""A broker's log as explaining reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from sextant.bus.kafka.log import KafkaLog
from sextant.bus.port import Record, TopicPartition

#: The group that keeps the index of orders.
_ARCHIVE: Final = "archive"


class KafkaReader:
    """A `LogReader` over a connection of its own."""

    def __init__(self, log: KafkaLog) -> None:
        self._log = log
        self._bounds: dict[str, Mapping[TopicPartition, tuple[int, int]]] = {}

    async def bounds(self, topic: str) -> Mapping[TopicPartition, tuple[int, int]]:
        """Return the bounds as they were when they were first asked for: one explanation sees one state of the log."""
        if topic not in self._bounds:
            self._bounds[topic] = await self._log.bounds(await self._log.partitions(topic))
        return self._bounds[topic]

    async def read(self, ranges: Mapping[TopicPartition, tuple[int, int]]) -> Sequence[Record]:
        starts, ends = {}, {}
        # Asking for a topic the first time waits for where its partitions lie: for all of them at once.
        await asyncio.gather(*(self.bounds(topic) for topic in {at.topic for at in ranges}))
        for at, (start, end) in ranges.items():
            oldest, newest = (await self.bounds(at.topic))[at]
            if max(start, oldest) < min(end, newest):
                starts[at], ends[at] = max(start, oldest), min(end, newest)
        return [record async for record in self._log.records(starts, ends)] if starts else []

    async def since(self, at: TopicPartition, timestamp_ms: int) -> int:
        return (await self._log.since([at], max(0, timestamp_ms)))[at]

    async def archived(self) -> Mapping[TopicPartition, int]:
        return await self._log.committed(_ARCHIVE)
