"""Reading a broker's log for people: where topics begin and end, records from an offset or an instant, new ones as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from sextant.bus.kafka.closing import CLOSE_S, close_consumer
from sextant.bus.kafka.connection import Connection
from sextant.bus.kafka.records import kafka_partition, opened, own_partition
from sextant.bus.kafka.security import OPEN, Security
from sextant.bus.port import Record, TopicPartition
from sextant.core.errors import InvalidValue

_CONNECT_S: Final = 5.0
_POLL_MS: Final = 200
#: A fetch behind the end of a partition is held open by the broker, and the next one, of other partitions, waits for it.
_SOON: Final = {"fetch_max_wait_ms": 20}


class _Admin:
    """The administrator with the verbs of the other clients."""

    def __init__(self, connection: Connection) -> None:
        self.client = AIOKafkaAdminClient(**connection.common())

    async def start(self) -> None:
        await self.client.start()

    async def stop(self) -> None:
        await self.client.close()


class KafkaLog:
    """A connection for one question, under the name `client_id` in tools. Methods raise BusUnavailable with the address when nobody answers."""

    def __init__(self, bootstrap: str, client_id: str = "sextant-cli", *, security: Security = OPEN) -> None:
        self.connection = Connection(
            bootstrap,
            client_id,
            session_timeout_ms=6_000,
            delivery_timeout_s=10.0,
            connect_timeout_s=_CONNECT_S,
            security=security,
        )
        self._reader: AIOKafkaConsumer | None = None
        #: Asks for offsets alone: a request behind a fetch that the broker holds open would wait for its end.
        self._asker: AIOKafkaConsumer | None = None
        self._admin: _Admin | None = None
        self._topics: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        self._asker = await self._consumer()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for consumer in (self._reader, self._asker):
            if consumer is not None:
                await close_consumer(consumer, CLOSE_S)
        if self._admin is not None:
            await self._admin.stop()

    @property
    def asker(self) -> AIOKafkaConsumer:
        assert self._asker is not None, "used outside `async with`"
        return self._asker

    async def reader(self) -> AIOKafkaConsumer:
        """Return the consumer that fetches records, connected at the first call."""
        if self._reader is None:
            self._reader = await self._consumer()
        return self._reader

    async def admin(self) -> AIOKafkaAdminClient:
        """Return the administrator, connected at the first call."""
        if self._admin is None:
            self._admin = await self.connection.started(lambda: _Admin(self.connection))
        return self._admin.client

    async def topics(self) -> Mapping[str, int]:
        """Return the number of partitions of every topic there is."""
        admin = await self.admin()
        found = await self.connection.insist(admin.describe_topics)
        self._topics = {
            topic["topic"]: len(topic["partitions"]) for topic in found if not topic["is_internal"]
        }
        return self._topics

    async def partitions(self, topic: str) -> list[TopicPartition]:
        """Return a topic's partitions. Raises InvalidValue when the broker does not have it."""
        count = self._topics.get(topic)
        if count is None:
            count = (await self.topics()).get(topic)
        if count is None:
            raise InvalidValue(
                "topic",
                topic,
                "a topic that the broker has (`sextant topics create` makes those of the registry)",
            )
        return [TopicPartition(topic, number) for number in range(count)]

    async def bounds(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, tuple[int, int]]:
        """Return the oldest offset and the high-water mark of each."""
        wanted = [kafka_partition(at) for at in partitions]
        oldest = await self.connection.insist(lambda: self.asker.beginning_offsets(wanted))
        ends = await self.connection.insist(lambda: self.asker.end_offsets(wanted))
        return {own_partition(at): (oldest[at], ends[at]) for at in wanted}

    async def committed(self, group: str) -> dict[TopicPartition, int]:
        """Return the next offset of each partition that a group ever committed; empty for an unknown group."""
        admin = await self.admin()
        found = await self.connection.insist(lambda: admin.list_consumer_group_offsets(group))
        return {own_partition(at): entry.offset for at, entry in found.items() if entry.offset >= 0}

    async def since(
        self, partitions: Sequence[TopicPartition], timestamp_ms: int
    ) -> dict[TopicPartition, int]:
        """Return the first offset of each that is not older than the instant; its end where there is none."""
        asked = {kafka_partition(at): timestamp_ms for at in partitions}
        found = await self.connection.insist(lambda: self.asker.offsets_for_times(asked))
        bounds = await self.bounds(partitions)
        offsets = {own_partition(at): found[at].offset if found[at] else None for at in asked}
        return {at: bounds[at][1] if offset is None else offset for at, offset in offsets.items()}

    async def records(
        self, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int] | None
    ) -> AsyncIterator[Record]:
        """Yield records from the starts up to the ends, or for ever when there are none; in order per partition."""
        places = {at: start for at, start in starts.items() if ends is None or start < ends[at]}
        reader = await self.reader()
        reader.assign([kafka_partition(at) for at in sorted(places)])
        for at, start in places.items():
            reader.seek(kafka_partition(at), start)
        while places:
            # A fetch brings far more than one record: what is not asked for need not be unpacked.
            most = None if ends is None else sum(ends[at] - place for at, place in places.items())
            batches = await reader.getmany(timeout_ms=_POLL_MS, max_records=most)
            for at, batch in batches.items():
                for record in batch:
                    if ends is None or record.offset < ends[own_partition(at)]:
                        yield opened(record)
            if ends is not None:
                # The position, not the last record, says when the end is reached: compaction leaves holes.
                places = {at: await reader.position(kafka_partition(at)) for at in places}
                for at in [at for at, place in places.items() if place >= ends[at]]:
                    del places[at]
                    reader.pause(kafka_partition(at))

    async def _consumer(self) -> AIOKafkaConsumer:
        return await self.connection.started(lambda: AIOKafkaConsumer(**self.connection.reading() | _SOON))
