"""The bus on Kafka: makes the clients and closes them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, Self

from sextant.bus.kafka.admin import TopicAdmin
from sextant.bus.kafka.broadcast import KafkaBroadcastConsumer, open_broadcast
from sextant.bus.kafka.closing import CLOSE_S, close_consumer
from sextant.bus.kafka.connection import Connection
from sextant.bus.kafka.group import KafkaGroupConsumer, open_group
from sextant.bus.kafka.producer import KafkaProducer
from sextant.bus.kafka.reading import Reads, ends, make_reader
from sextant.bus.kafka.security import OPEN, Security
from sextant.bus.layout import TopicLayout, registry_layouts
from sextant.bus.port import Producer, RebalanceListener, Record, TopicPartition


class _Stoppable(Protocol):
    async def stop(self) -> None: ...


class KafkaBus:
    """A connection to a Kafka cluster.

    `client_id` names this process in the broker's tools. A member is given up `session_timeout_ms` after its last heartbeat. `replication` is the
    least number of copies of new topics; more are made where there are brokers for it, up to three. An output that is not
    acknowledged within `delivery_timeout_s` is lost (OutputLost); brokers may restart meanwhile. `connect_timeout_s` bounds start().
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        client_id: str,
        session_timeout_ms: int = 6000,
        replication: int = 1,
        delivery_timeout_s: float = 30.0,
        connect_timeout_s: float = 10.0,
        security: Security = OPEN,
    ) -> None:
        self._connection = Connection(
            bootstrap, client_id, session_timeout_ms, delivery_timeout_s, connect_timeout_s, security
        )
        self._admin = TopicAdmin(self._connection, replication=replication)
        self._producer = KafkaProducer(self._connection, self._admin)
        self._reads = Reads(self._connection)
        self._made: list[_Stoppable] = []

    @property
    def delete_failures(self) -> int:
        """How many calls of delete_before() the broker refused or did not answer."""
        return self._admin.delete_failures

    def members(self) -> list[KafkaGroupConsumer]:
        """Return the members of groups that this process is."""
        return [made for made in self._made if isinstance(made, KafkaGroupConsumer) and not made.is_stopped]

    async def start(self) -> Self:
        """Connect. Raises BusUnavailable with the address when nobody answers within the connect timeout."""
        await self._admin.start()
        return self

    async def stop(self) -> None:
        """Stop every consumer, flush the producer, disconnect. Calling twice is safe. Raises what a listener raised in revoked()."""
        made, self._made = self._made, []
        outcomes = await asyncio.gather(*(consumer.stop() for consumer in made), return_exceptions=True)
        await self._reads.stop()
        await self._producer.stop()
        await self._admin.stop()
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def ensure_topics(self) -> None:
        """Create what the registry names and is missing. Raises SettingsInvalid where partitions differ, BusUnavailable."""
        await self.create_topics(registry_layouts())

    async def await_topics(self, *, seconds: float) -> None:
        """Wait until somebody has created every topic of the registry. Raises BusUnavailable naming those that are missing."""
        await self._admin.awaited([layout.name for layout in registry_layouts()], seconds)

    async def create_topics(self, layouts: Iterable[TopicLayout]) -> None:
        """Create these topics where they are missing. Raises as ensure_topics() does."""
        await self._admin.create(layouts)

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
    ) -> KafkaGroupConsumer:
        """Return a member of the group. Raises InvalidValue for an unknown topic, BusUnavailable."""
        await self._partitions(topics)
        consumer = await open_group(self._connection, group, topics, listener, instance, gather_ms=gather_ms)
        self._made.append(consumer)
        return consumer

    async def broadcast(
        self, topics: Sequence[str], *, from_end: bool = False, gather_ms: int = 0
    ) -> KafkaBroadcastConsumer:
        """Return a reader of whole topics, or only of what comes from now on. Raises InvalidValue for an unknown topic, BusUnavailable."""
        consumer = await open_broadcast(
            self._connection, await self._partitions(topics), from_end=from_end, gather_ms=gather_ms
        )
        # Some services open and stop readers all day: what has stopped is let go of.
        self._made = [
            made for made in self._made if not (isinstance(made, KafkaBroadcastConsumer) and made.is_stopped)
        ]
        self._made.append(consumer)
        return consumer

    async def read(
        self, partition: TopicPartition, start: int | None = None, end: int | None = None
    ) -> Sequence[Record]:
        """Return a partition's records up to its end of this moment, or below `end`. Raises InvalidValue for an unknown topic, BusUnavailable."""
        await self._partitions([partition.topic])
        return await self._reads.read(partition, start, end)

    async def end_offsets(self, topic: str) -> Mapping[TopicPartition, int]:
        """Return the high-water marks of a topic. Raises InvalidValue for an unknown topic, BusUnavailable."""
        partitions = await self._partitions([topic])
        reader = await make_reader(self._connection, partitions)
        try:
            return await ends(self._connection, reader, partitions)
        finally:
            await close_consumer(reader, CLOSE_S)

    async def delete_before(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Let go of records below the offsets; `delete_failures` counts what failed."""
        await self._admin.delete_before(offsets)

    async def _partitions(self, topics: Sequence[str]) -> list[TopicPartition]:
        return [partition for topic in topics for partition in await self._admin.partitions(topic)]
