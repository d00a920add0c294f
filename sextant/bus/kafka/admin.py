"""Topics: creating them, asking how many partitions they have, letting go of old records."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from sextant.bus.kafka.closing import CLOSE_S, close_consumer
from sextant.bus.kafka.connection import MAX_REQUEST_BYTES, Connection
from sextant.bus.kafka.reading import ends, make_reader
from sextant.bus.kafka.records import kafka_partition
from sextant.bus.layout import TopicLayout
from sextant.bus.port import TopicPartition
from sextant.core.errors import InvalidValue, SettingsInvalid

_log = logging.getLogger(__name__)
#: Only closed segments are compacted, so those of a compacted topic are small and short. A batch must fit into one.
_COMPACTED: Final = {
    "max.message.bytes": str(2 * 1024 * 1024),
    "cleanup.policy": "compact",
    "segment.bytes": str(4 * 1024 * 1024),
    "segment.ms": "600000",
    "min.cleanable.dirty.ratio": "0.1",
}
#: Enough copies that one broker may be lost while acknowledged records stay on two.
_COPIES: Final = 3
_RETRY_S: Final = 0.1
#: How long a broker may need to make the files of all topics, s.
_CREATION_S: Final = 60.0


class _Client:
    """The administrator with the verbs of the other clients."""

    def __init__(self, connection: Connection) -> None:
        self.admin = AIOKafkaAdminClient(**connection.common())

    async def start(self) -> None:
        await self.admin.start()

    async def stop(self) -> None:
        await self.admin.close()


class TopicAdmin:
    """An administrator of one cluster."""

    def __init__(self, connection: Connection, *, replication: int) -> None:
        self._connection, self._replication = connection, replication
        self._client: AIOKafkaAdminClient | None = None
        self._partitions: dict[str, int] = {}
        self.delete_failures = 0

    async def start(self) -> None:
        """Connect; try again until the connect timeout. Raises BusUnavailable with the address."""
        patience_s = self._connection.connect_timeout_s
        client = await self._connection.started(lambda: _Client(self._connection), patience_s=patience_s)
        self._client = client.admin

    async def stop(self) -> None:
        """Disconnect. Calling twice is safe."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def create(self, layouts: Iterable[TopicLayout]) -> None:
        """Create the topics that are missing; wait until every partition has a leader.

        Several services may do this at once. Raises SettingsInvalid where a topic has another number of partitions.
        """
        wanted = {layout.name: layout for layout in layouts}
        missing = [wanted[name] for name in wanted.keys() - (await self._describe()).keys()]
        if missing:
            await self._create(sorted(missing, key=lambda layout: layout.name))
        found = await self._led(wanted.keys())
        await self._served(found)
        wrong = [
            f"topic {name}: expected {layout.partitions} partitions, found {found[name]}"
            for name, layout in sorted(wanted.items())
            if found[name] != layout.partitions
        ]
        if wrong:
            raise SettingsInvalid("; ".join(wrong))

    async def partitions(self, topic: str) -> list[TopicPartition]:
        """Return the partitions of a topic. Raises InvalidValue when there is no such topic."""
        if topic not in self._partitions:
            self._partitions.update((await self._described()).items())
        count = self._partitions.get(topic)
        if count is None:
            raise InvalidValue("topic", topic, "a topic that exists in the log")
        return [TopicPartition(topic, number) for number in range(count)]

    async def awaited(self, names: Sequence[str], seconds: float) -> None:
        """Wait until the topics are there and answer. Raises BusUnavailable naming those that are missing after the time."""
        deadline = asyncio.get_running_loop().time() + seconds
        while missing := [name for name in names if name not in self._partitions]:
            self._partitions.update((await self._described()).items())
            if asyncio.get_running_loop().time() > deadline:
                raise self._connection.unavailable(
                    f"missing topics: {', '.join(missing)}; see `sextant topics create`"
                )
            await asyncio.sleep(_RETRY_S)
        await self._served({name: self._partitions[name] for name in names})

    def known_partitions(self, topic: str) -> int | None:
        """Return the number of partitions of a topic that was asked for before, without asking the broker."""
        return self._partitions.get(topic)

    async def delete_before(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Let go of records below the offsets. Failures are logged and counted in `delete_failures`."""
        if not offsets:
            return
        wanted = {kafka_partition(at): RecordsToDelete(offset) for at, offset in offsets.items()}
        try:
            await self._connected().delete_records(wanted)
        except (KafkaError, TimeoutError, OSError) as error:
            self.delete_failures += 1
            _log.warning(
                "records of %s were not deleted: %r", ", ".join(sorted({at.topic for at in offsets})), error
            )

    async def _create(self, layouts: Sequence[TopicLayout]) -> None:
        client = self._connected()
        brokers = len((await self._connection.insist(client.describe_cluster))["brokers"])
        copies = max(self._replication, min(brokers, _COPIES))
        topics = [_new_topic(layout, copies) for layout in layouts]
        answer = await self._connection.insist(lambda: client.create_topics(topics))
        for name, code, message, *_ in answer.topic_errors:
            kind = for_code(code)
            if code and kind is not TopicAlreadyExistsError:
                raise self._connection.unavailable(
                    f"topic {name} was not created: {message or kind.__name__}"
                )

    async def _led(self, names: Iterable[str]) -> dict[str, int]:
        """Wait until the broker shows every topic with a leader for every partition; return their partition counts."""
        deadline = asyncio.get_running_loop().time() + _CREATION_S
        while True:
            found = await self._describe()
            unled = [name for name in names if not found.get(name)]
            if not unled:
                return {name: len(found[name]) for name in names}
            if asyncio.get_running_loop().time() >= deadline:
                raise self._connection.unavailable(f"topics without a leader: {', '.join(sorted(unled))}")
            await asyncio.sleep(_RETRY_S)

    async def _served(self, counts: Mapping[str, int]) -> None:
        """Wait until every partition answers: a broker names leaders first and makes the files afterwards, 15 ms or so each."""
        patient = replace(self._connection, delivery_timeout_s=_CREATION_S)
        partitions = [
            TopicPartition(name, number) for name, count in counts.items() for number in range(count)
        ]
        reader = await make_reader(patient, partitions)
        try:
            await ends(patient, reader, partitions)
        finally:
            await close_consumer(reader, CLOSE_S)

    async def _described(self) -> dict[str, int]:
        return {name: len(partitions) for name, partitions in (await self._describe()).items() if partitions}

    async def _describe(self) -> dict[str, list[int]]:
        """Return the partitions of every topic; none where one has no leader yet.

        Asks for all topics, because asking for one by name lets a broker with default settings create it.
        """
        answer = await self._connection.insist(self._connected().describe_topics)
        return {
            topic["topic"]: _led_partitions(topic["partitions"])
            for topic in answer
            if not topic["error_code"]
        }

    def _connected(self) -> AIOKafkaAdminClient:
        if self._client is None:
            raise self._connection.unavailable("the bus was not started or has stopped")
        return self._client


def _led_partitions(partitions: Sequence[Mapping[str, Any]]) -> list[int]:
    if any(partition["leader"] < 0 for partition in partitions):
        return []
    return sorted(partition["partition"] for partition in partitions)


def topic_settings(layout: TopicLayout, copies: int) -> dict[str, str]:
    """Return the settings of a topic as brokers take them, for a number of copies of each record."""
    settings = {
        "max.message.bytes": str(MAX_REQUEST_BYTES),
        "min.insync.replicas": "2" if copies >= _COPIES else "1",
        "message.timestamp.type": "LogAppendTime" if layout.is_stamped_on_append else "CreateTime",
    }
    if layout.retention_ms is None:
        return settings | _COMPACTED
    return settings | {"cleanup.policy": "delete", "retention.ms": str(layout.retention_ms)}


def _new_topic(layout: TopicLayout, copies: int) -> NewTopic:
    configs = topic_settings(layout, copies)
    return NewTopic(layout.name, layout.partitions, copies, topic_configs=configs)
