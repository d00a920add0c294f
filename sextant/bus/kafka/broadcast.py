"""Reading every partition of some topics from the beginning, without a group."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import ConsumerStoppedError, KafkaError

from sextant.bus.kafka.closing import CLOSE_S, close_consumer
from sextant.bus.kafka.connection import Connection
from sextant.bus.kafka.pacing import Pace
from sextant.bus.kafka.reading import beginnings, ends, make_reader
from sextant.bus.kafka.records import kafka_partition, opened
from sextant.bus.port import Record, TopicPartition

_log = logging.getLogger(__name__)
_AGAIN_S: Final = 0.1


class KafkaBroadcastConsumer:
    """A reader of whole topics. Made by `open_broadcast`."""

    def __init__(self, client: AIOKafkaConsumer, behind: Mapping[TopicPartition, int], pace: Pace) -> None:
        self._client, self._pace = client, pace
        self._behind = dict(behind)
        self.is_stopped = False

    @property
    def is_ready(self) -> bool:
        return not self._behind

    async def poll(self, *, max_records: int, timeout_s: float) -> Sequence[Record]:
        """Return what is there, in order per partition; nothing while no broker answers."""
        await asyncio.sleep(self._pace.rest_s)
        try:
            batches = await self._client.getmany(timeout_ms=int(timeout_s * 1000), max_records=max_records)
        except ConsumerStoppedError:
            return []
        except KafkaError as error:
            _log.warning("broadcast topics cannot be read now: %r", error)
            await asyncio.sleep(min(timeout_s, _AGAIN_S))
            return []
        if batches:
            self._pace.found()
        if self._behind:
            await self._catch_up()
        return [opened(record) for batch in batches.values() for record in batch]

    async def stop(self) -> None:
        """Close. Calling twice is safe."""
        self.is_stopped = True
        await close_consumer(self._client, CLOSE_S)

    async def _catch_up(self) -> None:
        for partition, end in list(self._behind.items()):
            if await self._client.position(kafka_partition(partition)) >= end:
                del self._behind[partition]


async def open_broadcast(
    connection: Connection, partitions: Sequence[TopicPartition], *, from_end: bool, gather_ms: int
) -> KafkaBroadcastConsumer:
    """Return a consumer of the partitions, from their oldest records or from their ends. Raises BusUnavailable."""
    client = await make_reader(connection, partitions)
    opening = True
    try:
        targets = await ends(connection, client, partitions)
        starts = targets if from_end else await beginnings(connection, client, partitions)
        for at, offset in starts.items():
            client.seek(kafka_partition(at), offset)
        behind = {at: end for at, end in targets.items() if starts[at] < end}
        opening = False
        return KafkaBroadcastConsumer(client, behind, Pace(client, gather_ms))
    finally:
        if opening:
            await close_consumer(client, CLOSE_S)
