"""How far consumer groups have come: committed offsets from the broker's books, and what is left behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from sextant.bus.errors import BusUnavailable
from sextant.bus.kafka.records import own_partition
from sextant.bus.port import TopicPartition


class KafkaGroupOffsets:
    """Asks a cluster what its groups have committed. Use it as an asynchronous context, or start() and stop() it."""

    def __init__(self, bootstrap: str, *, client_id: str = "sextant-lag") -> None:
        self._bootstrap = bootstrap
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id=client_id)

    async def start(self) -> Self:
        """Connect. Raises BusUnavailable."""
        try:
            await self._admin.start()
        except (KafkaError, OSError, TimeoutError) as error:
            await self._admin.close()
            raise BusUnavailable(address=self._bootstrap, reason=repr(error)) from error
        return self

    async def stop(self) -> None:
        """Disconnect. Calling twice is safe."""
        await self._admin.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def committed(self, group: str) -> Mapping[TopicPartition, int]:
        """Return the next offset of each partition that the group ever committed; empty for an unknown group. Raises BusUnavailable."""
        try:
            found = await self._admin.list_consumer_group_offsets(group)
        except (KafkaError, OSError, TimeoutError) as error:
            raise BusUnavailable(address=self._bootstrap, reason=repr(error)) from error
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
