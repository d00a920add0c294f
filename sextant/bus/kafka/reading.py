"""Reading without a group: one partition up to its end, and the ends themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from sextant.bus.kafka.closing import CLOSE_S, close_consumer
from sextant.bus.kafka.connection import Connection
from sextant.bus.kafka.records import kafka_partition, opened, own_partition
from sextant.bus.port import Record, TopicPartition

#: How long one request for records may take before the position is looked at again, ms.
_POLL_MS: Final = 1_000


async def make_reader(
    connection: Connection, partitions: Sequence[TopicPartition], *, gather_ms: int = 0
) -> AIOKafkaConsumer:
    """Return a connected consumer that holds the partitions without a group. Raises BusUnavailable."""

    def make() -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(**connection.reading(gather_ms=gather_ms))
        consumer.assign([kafka_partition(at) for at in partitions])
        return consumer

    return await connection.started(make)


async def read_to_end(
    connection: Connection, partition: TopicPartition, start: int | None, stop: int | None
) -> list[Record]:
    """Return all records of a partition from `start` to the high-water mark of this moment, or below `stop`. Raises BusUnavailable."""
    reader = await make_reader(connection, [partition])
    try:
        end = (await ends(connection, reader, [partition]))[partition]
        end = end if stop is None else min(stop, end)
        oldest = (await beginnings(connection, reader, [partition]))[partition]
        begin = oldest if start is None else max(start, oldest)
        at = kafka_partition(partition)
        records: list[Record] = []
        if begin >= end:
            return records
        reader.seek(at, begin)
        # The position, not the last record, says when the end is reached: compaction and deletion leave holes.
        while await reader.position(at) < end:
            batch = await reader.getmany(timeout_ms=_POLL_MS)
            records.extend(opened(record) for record in batch.get(at, ()) if record.offset < end)
        return records
    except KafkaError as error:
        raise connection.unavailable(repr(error)) from error
    finally:
        await close_consumer(reader, CLOSE_S)


async def beginnings(
    connection: Connection, reader: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """Return the offset of the oldest record of each partition. Raises BusUnavailable."""
    wanted = [kafka_partition(at) for at in partitions]
    found = await connection.insist(lambda: reader.beginning_offsets(wanted))
    return {own_partition(at): offset for at, offset in found.items()}


async def ends(
    connection: Connection, reader: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """Return the high-water mark of each partition. Raises BusUnavailable."""
    wanted = [kafka_partition(at) for at in partitions]
    found = await connection.insist(lambda: reader.end_offsets(wanted))
    return {own_partition(at): offset for at, offset in found.items()}
