"""Where the records of an order lie: read from the archive's index, which is one small partition of the log, and how far it reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sextant.bus.port import Position, TopicPartition
from sextant.contracts.archive.v1 import places_pb2
from sextant.contracts.places import PLACES, places_partition
from sextant.explaining.reader import LogReader

_CHUNK: Final = 20_000


@dataclass(frozen=True, slots=True)
class Index:
    """What is known of one order: every place below `reach` of its partition is here, above it nobody has looked yet."""

    places: frozenset[Position] = frozenset()
    reach: Mapping[TopicPartition, int] = field(default_factory=dict)

    def of(self, topic: str) -> Sequence[Position]:
        """Return the places on a topic, in the order of the log."""
        return sorted(place for place in self.places if place.topic == topic)

    def reaches(self, at: TopicPartition) -> int:
        """Return the offset below which the index is whole; 0 where nobody has looked."""
        return self.reach.get(at, 0)


async def look_up(log: LogReader, order: str) -> Index:
    """Return what the index says of an order. It is empty, and reaches nowhere, where no archive runs."""
    # First how far it reaches, then what it says: what is indexed in between is found twice rather than not at all.
    reach = await log.archived()
    at = TopicPartition(PLACES, places_partition(order))
    oldest, end = (await log.bounds(PLACES))[at]
    sought, places = order.encode(), set[Position]()
    for start in range(oldest, end, _CHUNK):
        for record in await log.read({at: (start, min(end, start + _CHUNK))}):
            # Most records say nothing of this order: those need not be decoded.
            if sought in (record.value or b""):
                places |= _places(record.value or b"", order)
    return Index(frozenset(places), reach)


def _places(value: bytes, order: str) -> set[Position]:
    return {
        Position(at.topic, at.partition, at.offset)
        for each in places_pb2.OrderPlaces.FromString(value).orders
        if each.client_order_id == order
        for at in each.positions
    }
