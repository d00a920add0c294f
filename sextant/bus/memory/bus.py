"""The bus over a log in memory: one "process" of possibly several."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from sextant.bus.errors import OutputLost
from sextant.bus.layout import TopicLayout, registry_layouts
from sextant.bus.memory.consumers import MemoryBroadcastConsumer, MemoryGroupConsumer
from sextant.bus.memory.log import MemoryLog
from sextant.bus.port import Outgoing, Position, Producer, RebalanceListener, Record, TopicPartition


class MemoryProducer:
    """Appends to the log; acknowledged at once."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self.is_stopped = False

    async def send(self, records: Sequence[Outgoing]) -> list[Position]:
        """Append all and return their positions. Raises OutputLost after stop(), InvalidValue for an unknown place."""
        if self.is_stopped:
            raise OutputLost(f"{len(records)} records: the producer has stopped")
        positions = self._log.append(records)
        await asyncio.sleep(0)  # readers get their turn, however much there is to write
        return positions

    async def prepare(self, topics: Sequence[str]) -> None:
        """There is nothing to learn."""


class MemoryBus:
    """A connection to a log in memory."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self._producer = MemoryProducer(log)
        self._made: list[MemoryGroupConsumer | MemoryBroadcastConsumer] = []

    async def start(self) -> Self:
        return self

    async def stop(self) -> None:
        """Stop everything that was made from it. Calling twice is safe. Raises what a listener raised in revoked()."""
        made, self._made = self._made, []
        outcomes = await asyncio.gather(*(consumer.stop() for consumer in made), return_exceptions=True)
        self._producer.is_stopped = True
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def ensure_topics(self) -> None:
        """Create what the registry names and is missing. Raises SettingsInvalid where partitions differ."""
        self._log.create(registry_layouts())

    async def await_topics(self, *, seconds: float) -> None:
        """Raise InvalidValue where a topic of the registry is missing: nobody else would create it meanwhile."""
        self._partitions([layout.name for layout in registry_layouts()])

    async def create_topics(self, layouts: Iterable[TopicLayout]) -> None:
        """Create these topics where they are missing. Raises as ensure_topics() does."""
        self._log.create(layouts)

    def producer(self) -> Producer:
        return self._producer

    async def group(
        self,
        group: str,
        topics: Sequence[str],
        listener: RebalanceListener,
        *,
        instance: str,
        gather_ms: int = 0,
    ) -> MemoryGroupConsumer:
        """Return a member of the group; nothing gathers here. Raises InvalidValue for an unknown topic."""
        self._partitions(topics)
        consumer = MemoryGroupConsumer(self._log, self._log.group(group), topics, listener)
        self._made.append(consumer)
        return consumer

    async def broadcast(
        self, topics: Sequence[str], *, from_end: bool = False, gather_ms: int = 0
    ) -> MemoryBroadcastConsumer:
        """Return a reader of whole topics, or only of what comes from now on. Raises InvalidValue for an unknown topic."""
        consumer = MemoryBroadcastConsumer(self._log, self._partitions(topics), from_end=from_end)
        self._made.append(consumer)
        return consumer

    async def read(
        self, partition: TopicPartition, start: int | None = None, end: int | None = None
    ) -> Sequence[Record]:
        """Return a partition's records up to its end of this moment, or below `end`. Raises InvalidValue for an unknown topic."""
        last = self._log.end(partition)
        return self._log.slice(partition, start or 0, last if end is None else min(end, last))

    async def end_offsets(self, topic: str) -> Mapping[TopicPartition, int]:
        """Return the high-water marks of a topic. Raises InvalidValue for an unknown topic."""
        return {at: self._log.end(at) for at in self._log.partitions(topic)}

    async def delete_before(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Let go of records below the offsets."""
        self._log.delete_before(offsets)

    def _partitions(self, topics: Sequence[str]) -> list[TopicPartition]:
        return [partition for topic in topics for partition in self._log.partitions(topic)]
