"""Records, groups and the waiting for both: what several buses ("processes") share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from sextant.bus.layout import TopicLayout
from sextant.bus.memory.group import Group
from sextant.bus.port import Outgoing, Position, Record, TopicPartition
from sextant.core.errors import InvalidValue, SettingsInvalid
from sextant.core.time import MILLISECOND, Clock, SettableClock


class _Partition:
    """Records of one partition; `oldest` is the offset of the first one that is still there."""

    __slots__ = ("oldest", "records")

    def __init__(self) -> None:
        self.oldest = 0
        self.records: list[Record] = []

    @property
    def end(self) -> int:
        return self.oldest + len(self.records)


class MemoryLog:
    """A log that lives as long as the object. Timestamps come from `clock`, which stands at zero unless one is given."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SettableClock()
        self._topics: dict[str, list[_Partition]] = {}
        self._groups: dict[str, Group] = {}
        self._waiters: set[asyncio.Future[None]] = set()

    def create(self, layouts: Iterable[TopicLayout]) -> None:
        """Create the topics that are missing. Raises SettingsInvalid where one has another number of partitions."""
        wrong = []
        for layout in layouts:
            found = self._topics.setdefault(layout.name, [_Partition() for _ in range(layout.partitions)])
            if len(found) != layout.partitions:
                wrong.append(
                    f"topic {layout.name}: expected {layout.partitions} partitions, found {len(found)}"
                )
        if wrong:
            raise SettingsInvalid("; ".join(wrong))

    def partitions(self, topic: str) -> list[TopicPartition]:
        """Return the partitions of a topic. Raises InvalidValue when there is no such topic."""
        found = self._topics.get(topic)
        if found is None:
            raise InvalidValue("topic", topic, "a topic that exists in the log")
        return [TopicPartition(topic, number) for number in range(len(found))]

    def append(self, records: Sequence[Outgoing]) -> list[Position]:
        """Append all or, when one has no such topic or partition, none. Raises InvalidValue."""
        places = [self._at(record.topic, record.partition) for record in records]
        now_ms = self._clock.wall_ns() // MILLISECOND
        positions = []
        for place, record in zip(places, records, strict=True):
            offset = place.end
            stamp = now_ms if record.timestamp_ms is None else record.timestamp_ms
            place.records.append(
                Record(
                    record.topic,
                    record.partition,
                    offset,
                    record.key,
                    record.value,
                    dict(record.headers),
                    stamp,
                )
            )
            positions.append(Position(record.topic, record.partition, offset))
        if positions:
            self.wake()
        return positions

    def slice(self, at: TopicPartition, start: int, stop: int) -> Sequence[Record]:
        """Return the records from offset `start` to before `stop` that are still there."""
        place = self._at(at.topic, at.partition)
        return place.records[max(0, start - place.oldest) : max(0, stop - place.oldest)]

    def oldest(self, at: TopicPartition) -> int:
        return self._at(at.topic, at.partition).oldest

    def end(self, at: TopicPartition) -> int:
        return self._at(at.topic, at.partition).end

    def delete_before(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Forget records below the offsets."""
        for at, offset in offsets.items():
            place = self._at(at.topic, at.partition)
            gone = min(offset, place.end) - place.oldest
            if gone > 0:
                del place.records[:gone]
                place.oldest += gone

    def group(self, name: str) -> Group:
        """Return a consumer group; a new one when nobody has used the name."""
        return self._groups.setdefault(name, Group(self.partitions))

    def wake(self) -> None:
        """Let everyone who waits look again."""
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def changed(self, timeout_s: float) -> None:
        """Wait until something was appended or somebody called wake(), or the time passes."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await asyncio.wait({waiter}, timeout=timeout_s)
        finally:
            self._waiters.discard(waiter)

    def _at(self, topic: str, partition: int) -> _Partition:
        count = len(self.partitions(topic))
        if not 0 <= partition < count:
            raise InvalidValue(f"partition of {topic}", str(partition), f"0 to {count - 1}")
        return self._topics[topic][partition]
