"""Reading without a group: partitions up to their ends, and the ends themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError

from sextant.bus.kafka.closing import CLOSE_S, close_consumer
from sextant.bus.kafka.connection import Connection
from sextant.bus.kafka.records import kafka_partition, opened, own_partition
from sextant.bus.port import Record, TopicPartition

#: So long a read waits for others that may share its client, s.
_GATHER_S: Final = 0.005
#: How long one request for records may take before the position is looked at again, ms.
_POLL_MS: Final = 1_000


async def make_reader(
    connection: Connection,
    partitions: Sequence[TopicPartition],
    *,
    is_paused: bool = False,
) -> AIOKafkaConsumer:
    """Return a connected consumer that holds the partitions without a group; paused, it fetches nothing before it is told where from.

    Raises BusUnavailable.
    """
    wanted = [kafka_partition(at) for at in partitions]

    def make() -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(**connection.reading())
        consumer.assign(wanted)
        if is_paused:
            consumer.pause(*wanted)
        return consumer

    return await connection.started(make)


@dataclass(slots=True)
class _Batch:
    """What is read by one client: from and below which offset of each partition."""

    wanted: dict[TopicPartition, tuple[int | None, int | None]] = field(default_factory=dict)
    is_open: bool = True


class Reads:
    """Reads of parts of partitions: those that are asked for within a few ms share one client.

    A client costs a connection and half a dozen questions before its first record, and who takes partitions over reads dozens at once.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tasks: dict[int, tuple[_Batch, asyncio.Task[Mapping[TopicPartition, list[Record]]]]] = {}
        self._made = 0

    async def read(self, at: TopicPartition, start: int | None, stop: int | None) -> list[Record]:
        """Return all records from `start` to the high-water mark of this moment, or below `stop`. Raises BusUnavailable."""
        batch, task = self._batch_without(at)
        batch.wanted[at] = (start, stop)
        # Whoever is cancelled leaves the others their records.
        return (await asyncio.shield(task))[at]

    async def stop(self) -> None:
        """End what is under way. Calling twice is safe."""
        tasks = [task for _, task in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _batch_without(
        self, at: TopicPartition
    ) -> tuple[_Batch, asyncio.Task[Mapping[TopicPartition, list[Record]]]]:
        for batch, task in self._tasks.values():
            if batch.is_open and at not in batch.wanted:
                return batch, task
        batch, number = _Batch(), self._made
        self._made += 1
        task = asyncio.ensure_future(self._serve(batch))
        self._tasks[number] = (batch, task)
        task.add_done_callback(lambda done: self._forget(number, done))
        return batch, task

    async def _serve(self, batch: _Batch) -> Mapping[TopicPartition, list[Record]]:
        await asyncio.sleep(_GATHER_S)
        batch.is_open = False
        return await _read_together(self._connection, batch.wanted)

    def _forget(self, number: int, done: asyncio.Task[Mapping[TopicPartition, list[Record]]]) -> None:
        del self._tasks[number]
        if not done.cancelled():
            done.exception()  # those who wait are told; where nobody waits any more, nobody needs to know


async def _read_together(
    connection: Connection, wanted: Mapping[TopicPartition, tuple[int | None, int | None]]
) -> Mapping[TopicPartition, list[Record]]:
    """Return the records of each partition. Raises BusUnavailable."""
    partitions = list(wanted)
    reader = await make_reader(connection, partitions, is_paused=True)
    try:
        last = await ends(connection, reader, partitions)
        oldest = await beginnings(connection, reader, partitions)
        found: dict[TopicPartition, list[Record]] = {at: [] for at in partitions}
        left: dict[KafkaPartition, int] = {}
        starts: dict[KafkaPartition, int] = {}
        for at, (start, stop) in wanted.items():
            end = last[at] if stop is None else min(last[at], stop)
            begin = oldest[at] if start is None else max(start, oldest[at])
            if begin < end:
                left[kafka_partition(at)], starts[kafka_partition(at)] = end, begin
        for place, begin in starts.items():
            reader.seek(place, begin)
        reader.resume(*starts)
        while left:
            batches = await reader.getmany(timeout_ms=_POLL_MS)
            for place, batch in batches.items():
                end = left[place]
                found[own_partition(place)] += [opened(record) for record in batch if record.offset < end]
            # The position, not the last record, says when the end is reached: compaction and deletion leave holes.
            done = [place for place, end in left.items() if await reader.position(place) >= end]
            for place in done:
                del left[place]
            reader.pause(*done)
        return found
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
