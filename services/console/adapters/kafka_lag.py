"""Lag of the platform's consumer groups, asked of Kafka over connections that stay open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition as KafkaPartition

from services.console.domain.facts import GroupLag
from services.console.lag import LagUnavailable
from sextant.bus.errors import BusUnavailable
from sextant.bus.kafka.lag import KafkaGroupOffsets
from sextant.bus.kafka.security import Security
from sextant.bus.port import TopicPartition
from sextant.contracts.topics import STAGES

#: Those that read without a group.
_WITHOUT_GROUP: Final = frozenset({"ingest", "console"})


class KafkaLag:
    """Compares what groups have committed with the ends of those partitions. A group is named as its stage.

    Partitions that a group never committed do not count: what a service reads by broadcast cannot be told from them.
    """

    def __init__(self, bootstrap: str, client_id: str, security: Security) -> None:
        self._bootstrap, self._client_id, self._security = bootstrap, client_id, security
        self._groups: KafkaGroupOffsets | None = None
        self._reader: AIOKafkaConsumer | None = None

    async def read(self) -> tuple[GroupLag, ...]:
        """Return the lag of each group. Raises LagUnavailable; the next call connects anew."""
        try:
            groups, reader = await self._connect()
            committed = {
                stage: await groups.committed(stage) for stage in STAGES if stage not in _WITHOUT_GROUP
            }
            ends = await _ends(reader, {at for offsets in committed.values() for at in offsets})
        except (BusUnavailable, KafkaError, TimeoutError, OSError) as error:
            await self.close()
            raise LagUnavailable(str(error)) from error
        return tuple(GroupLag(group, _lag(offsets, ends)) for group, offsets in committed.items())

    async def close(self) -> None:
        """Disconnect. Calling twice is safe."""
        groups, reader = self._groups, self._reader
        self._groups = self._reader = None
        if groups is not None:
            await groups.stop()
        if reader is not None:
            await reader.stop()

    async def _connect(self) -> tuple[KafkaGroupOffsets, AIOKafkaConsumer]:
        if self._groups is None:
            self._groups = await KafkaGroupOffsets(
                self._bootstrap, client_id=self._client_id, security=self._security
            ).start()
        if self._reader is None:
            reader = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap,
                client_id=self._client_id,
                enable_auto_commit=False,
                **self._security.arguments(),
            )
            self._reader = reader
            await reader.start()
        return self._groups, self._reader


async def _ends(reader: AIOKafkaConsumer, partitions: set[TopicPartition]) -> dict[TopicPartition, int]:
    wanted = [KafkaPartition(at.topic, at.partition) for at in sorted(partitions)]
    found = await reader.end_offsets(wanted) if wanted else {}
    return {TopicPartition(at.topic, at.partition): offset for at, offset in found.items()}


def _lag(committed: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> int | None:
    if not committed:
        return None
    return sum(max(ends.get(at, 0) - offset, 0) for at, offset in committed.items())
