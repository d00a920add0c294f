"""The bare client with the settings of our bus, so that what differs is our code alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition


def bare_producer(bootstrap: str) -> AIOKafkaProducer:
    """Return a producer: idempotent, acks=all, zstd, no linger, batches of 1 MB, as `sextant.bus.kafka.producer` makes its own."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        linger_ms=0,
        max_batch_size=1024 * 1024,
        max_request_size=32 * 1024 * 1024,
    )


def bare_member(bootstrap: str, group: str, topic: str) -> AIOKafkaConsumer:
    """Return a group member with the fetch and heartbeat settings of `sextant.bus.kafka.group`."""
    return AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_min_bytes=1,
        fetch_max_wait_ms=100,
        session_timeout_ms=6_000,
        heartbeat_interval_ms=500,
    )


def bare_reader(bootstrap: str, partitions: Mapping[str, int]) -> AIOKafkaConsumer:
    """Return a reader, without a group, of one partition of each topic from its end."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="latest", fetch_min_bytes=1, fetch_max_wait_ms=100
    )
    consumer.assign([TopicPartition(topic, partition) for topic, partition in partitions.items()])
    return consumer


def header_of(headers: Iterable[tuple[str, bytes]], name: str) -> bytes:
    """Return a header's bytes. Raises KeyError when it is not there."""
    return dict(headers)[name]
