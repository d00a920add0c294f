"""What explaining needs of a log, and reading it by places."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, Protocol

from sextant.bus.port import Position, Record, TopicPartition

CHUNK: Final = 2_000


class LogReader(Protocol):
    """One explanation sees one state of the log."""

    async def bounds(self, topic: str) -> Mapping[TopicPartition, tuple[int, int]]:
        """Return the oldest offset and the high-water mark of each partition."""

    async def read(self, ranges: Mapping[TopicPartition, tuple[int, int]]) -> Sequence[Record]:
        """Return the records of each range (first offset, offset after the last) that are there, in order per partition."""

    async def since(self, at: TopicPartition, timestamp_ms: int) -> int:
        """Return the first offset that is not older than the instant; the end where there is none."""

    async def archived(self) -> Mapping[TopicPartition, int]:
        """Return how far the archive has committed each partition: below, the index of orders is whole. Empty where none ever ran."""


async def read_places(log: LogReader, places: Sequence[Position]) -> list[Record]:
    """Return the records at these places that are still there, in the order of the places."""
    found: dict[Position, Record] = {}
    waiting = list(dict.fromkeys(places))
    while waiting:
        # Of one partition one range at a time; two votes may lie in the same one.
        ranges: dict[TopicPartition, tuple[int, int]] = {}
        for place in waiting:
            ranges.setdefault(TopicPartition(place.topic, place.partition), (place.offset, place.offset + 1))
        found.update((record.position, record) for record in await log.read(ranges))
        asked = {Position(at.topic, at.partition, start) for at, (start, _) in ranges.items()}
        waiting = [place for place in waiting if place not in asked]
    return [found[place] for place in places if place in found]


async def read_on(log: LogReader, at: TopicPartition, start: int) -> AsyncIterator[Record]:
    """Yield a partition's records from an offset to its end."""
    oldest, end = (await log.bounds(at.topic))[at]
    for place in range(max(start, oldest), end, CHUNK):
        for record in await log.read({at: (place, min(end, place + CHUNK))}):
            yield record


async def read_back(log: LogReader, stops: Mapping[TopicPartition, int]) -> AsyncIterator[Sequence[Record]]:
    """Yield what lies above the stops, the newest of all partitions first, in pieces of a few thousand records.

    Whoever reads may take partitions out of `stops` meanwhile: those are read no further.
    """
    heads = {at: (await log.bounds(at.topic))[at][1] for at in stops}
    while behind := {at: head for at, head in heads.items() if at in stops and head > stops[at]}:
        ranges = {at: (max(stops[at], head - CHUNK), head) for at, head in behind.items()}
        yield await log.read(ranges)
        heads |= {at: start for at, (start, _) in ranges.items()}
