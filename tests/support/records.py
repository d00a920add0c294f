"""Records and rebalance listeners for tests of whatever stands on the log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sextant.bus.port import BroadcastConsumer, GroupConsumer, Outgoing, Record, TopicPartition


def outgoing(topic: str, partition: int, number: int, *, key: str = "key") -> Outgoing:
    """Return a record whose value is a number."""
    return Outgoing(topic, partition, key.encode(), str(number).encode())


def numbers(records: Sequence[Record]) -> list[int]:
    """Return the values of records made by outgoing()."""
    return [int(record.value or b"") for record in records]


class Listener:
    """Notes what it is told. Tests hang what they want to do onto `on_assigned` and `on_revoked`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, frozenset[TopicPartition]]] = []
        self.held: frozenset[TopicPartition] = frozenset()
        self.starts: Mapping[TopicPartition, int] = {}
        self.on_assigned: Callable[[Sequence[TopicPartition]], Awaitable[None]] = _nothing
        self.on_revoked: Callable[[Sequence[TopicPartition]], Awaitable[None]] = _nothing

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        assert not self.held, "assigned before what was held is revoked"
        await self.on_assigned(partitions)
        self.held = frozenset(partitions)
        self.calls.append(("assigned", self.held))
        return {at: offset for at, offset in self.starts.items() if at in self.held}

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        assert self.held == frozenset(partitions), "revoked what is not held"
        await self.on_revoked(partitions)
        self.held = frozenset()
        self.calls.append(("revoked", frozenset(partitions)))


async def _nothing(partitions: Sequence[TopicPartition]) -> None:
    return None


async def drain(consumer: GroupConsumer, count: int, *, timeout_s: float = 10.0) -> list[Record]:
    """Poll until `count` records have come. Fails with what came when it takes too long."""
    records: list[Record] = []
    async with asyncio.timeout(timeout_s):
        while len(records) < count:
            batches = await consumer.poll(max_records=1_000, timeout_s=0.2)
            records.extend(record for batch in batches.values() for record in batch)
    return records


async def drain_broadcast(
    consumer: BroadcastConsumer, count: int, *, timeout_s: float = 10.0
) -> list[Record]:
    """Poll until `count` records have come."""
    records: list[Record] = []
    async with asyncio.timeout(timeout_s):
        while len(records) < count:
            records.extend(await consumer.poll(max_records=1_000, timeout_s=0.2))
    return records


async def poll_until(
    condition: Callable[[], bool], *consumers: GroupConsumer, timeout_s: float = 10.0
) -> list[Record]:
    """Poll the consumers in turn until the condition holds; return what came."""
    records: list[Record] = []
    async with asyncio.timeout(timeout_s):
        while not condition():
            for consumer in consumers:
                batches = await consumer.poll(max_records=1_000, timeout_s=0.02)
                records.extend(record for batch in batches.values() for record in batch)
    return records
