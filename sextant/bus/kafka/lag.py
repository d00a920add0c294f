"""How far consumer groups have come: committed offsets from the broker's books, and what is left behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient

from sextant.bus.errors import BusUnavailable
from sextant.bus.kafka.connection import Connection
from sextant.bus.kafka.records import own_partition
from sextant.bus.kafka.security import OPEN, Security
from sextant.bus.port import TopicPartition


class KafkaGroupOffsets:
    """Asks a cluster what its groups have committed. Use it as an asynchronous context, or start() and stop() it."""

    def __init__(
        self,
        bootstrap: str,
        *,
        client_id: str = "sextant-lag",
        patience_s: float = 10.0,
        security: Security = OPEN,
    ) -> None:
        self._connection = Connection(bootstrap, client_id, 6_000, patience_s, patience_s, security)
        self._admin: AIOKafkaAdminClient | None = None

    async def start(self) -> Self:
        """Connect; try again while the patience lasts. Raises BusUnavailable."""
        admin = AIOKafkaAdminClient(**self._connection.common())
        try:
            await self._connection.insist(admin.start)
        except BusUnavailable:
            await admin.close()
            raise
        self._admin = admin
        return self

    async def stop(self) -> None:
        """Disconnect. Calling twice is safe."""
        admin, self._admin = self._admin, None
        if admin is not None:
            await admin.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def committed(self, group: str) -> Mapping[TopicPartition, int]:
        """Return the next offset of each partition that the group ever committed; empty for an unknown group.

        A cluster in which no group ever was has no coordinator yet: it makes one when it is asked. Raises BusUnavailable.
        """
        admin = self._admin
        if admin is None:
            raise self._connection.unavailable("group offsets were not started or have stopped")
        found = await self._connection.insist(lambda: admin.list_consumer_group_offsets(group))
        return {own_partition(at): entry.offset for at, entry in found.items() if entry.offset >= 0}


def lags(
    ends: Mapping[TopicPartition, int], committed: Mapping[TopicPartition, int], topics: Iterable[str]
) -> dict[TopicPartition, int]:
    """Return the records that a group has still to process, of every partition of its topics that ever held one.

    A partition that the group never committed counts whole.
    """
    wanted = frozenset(topics)
    return {
        at: max(0, end - committed.get(at, 0))
        for at, end in sorted(ends.items())
        if at.topic in wanted and end > 0
    }
