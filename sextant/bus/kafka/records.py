"""Between aiokafka's values and the port's."""

from __future__ import annotations

from aiokafka import ConsumerRecord
from aiokafka import TopicPartition as KafkaPartition

from sextant.bus.port import Record, TopicPartition


def opened(record: ConsumerRecord) -> Record:
    """Return the port's record. A record of a foreign producer may lack a key: it gets an empty one."""
    return Record(
        record.topic,
        record.partition,
        record.offset,
        record.key or b"",
        record.value,
        dict(record.headers),
        record.timestamp,
    )


def kafka_partition(partition: TopicPartition) -> KafkaPartition:
    return KafkaPartition(partition.topic, partition.partition)


def own_partition(partition: KafkaPartition) -> TopicPartition:
    return TopicPartition(partition.topic, partition.partition)
