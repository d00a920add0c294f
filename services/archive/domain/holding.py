"""Records that wait to become parts, and which of them are due.

A part is one partition's, so small parts come from quiet partitions. Each waits until it is worth a file or until it has waited long: at most
1,440 parts a day of a quiet partition, and of a busy one as many as its records fill. When all of them together hold too much, the
largest become parts first and the quiet ones go on waiting.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from sextant.core.time import SECOND

Place = TypeVar("Place", bound=Hashable)
Item = TypeVar("Item")

#: How long a record may wait, ns. What waits is not committed, and is read again after a crash.
LONGEST_NS: Final = 60 * SECOND
#: What makes a part of one partition worth a file, and what all partitions together may hold, bytes.
PART_BYTES: Final = 16 << 20
HELD_BYTES: Final = 48 << 20
#: What a record costs in memory beside its own bytes.
RECORD_BYTES: Final = 1_024


@dataclass(slots=True)
class _Waiting(Generic[Item]):
    """What waits of one partition: in order, what it takes, since when the oldest one waits."""

    since_ns: int
    items: list[Item] = field(default_factory=list)
    bytes: int = 0


class Holding(Generic[Place, Item]):
    """What waits, by partition. Instants are of the caller's monotonic clock."""

    def __init__(self) -> None:
        self._waiting: dict[Place, _Waiting[Item]] = {}

    def add(self, place: Place, items: Sequence[Item], size: int, now_ns: int) -> None:
        """Hold these behind what waits of the partition already; `size` is that of their own bytes."""
        waiting = self._waiting.setdefault(place, _Waiting(now_ns))
        waiting.items.extend(items)
        waiting.bytes += size + len(items) * RECORD_BYTES

    def due(self, now_ns: int) -> list[Place]:
        """Return the partitions that should become parts now."""
        due = {
            place
            for place, waiting in self._waiting.items()
            if waiting.bytes >= PART_BYTES or now_ns - waiting.since_ns >= LONGEST_NS
        }
        held = sum(each.bytes for place, each in self._waiting.items() if place not in due)
        if held >= HELD_BYTES:
            for place in sorted(self._waiting.keys() - due, key=lambda each: -self._waiting[each].bytes):
                if held < HELD_BYTES // 2:
                    break
                due.add(place)
                held -= self._waiting[place].bytes
        return [place for place in self._waiting if place in due]

    def held(self, among: Iterable[Place] | None = None) -> list[Place]:
        """Return the partitions of which anything waits: all, or those among some."""
        return list(self._waiting if among is None else filter(self._waiting.__contains__, among))

    def take(self, place: Place) -> list[Item]:
        """Return what waits of a partition and hold it no longer. Raises KeyError when nothing does."""
        return self._waiting.pop(place).items

    def drop(self) -> None:
        """Hold nothing."""
        self._waiting.clear()
