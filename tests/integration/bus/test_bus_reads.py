"""Reads that are asked for together share one client, and each gets what it asked for."""

from __future__ import annotations

import asyncio
import secrets

import pytest

from sextant.bus.errors import BusUnavailable
from sextant.bus.kafka import KafkaBus, reading
from sextant.bus.kafka.connection import Connection
from sextant.bus.layout import TopicLayout
from sextant.bus.port import TopicPartition
from tests.support.records import numbers, outgoing


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many partitions each client was made for."""
    made: list[int] = []
    make = reading.make_reader

    async def counting(connection: Connection, partitions: list[TopicPartition], **options: bool) -> object:
        made.append(len(partitions))
        return await make(connection, partitions, **options)

    monkeypatch.setattr(reading, "make_reader", counting)
    return made


async def test_reads_of_one_moment_share_a_client(kafka_bootstrap: str, clients: list[int]) -> None:
    topic = f"reads.{secrets.token_hex(4)}"
    bus = await KafkaBus(kafka_bootstrap, client_id="test").start()
    try:
        await bus.create_topics([TopicLayout(topic, 4, 60_000)])
        await bus.producer().send(
            [outgoing(topic, partition, number) for partition in range(3) for number in range(partition * 10)]
        )
        clients.clear()
        at = [TopicPartition(topic, number) for number in range(4)]
        whole = await asyncio.gather(*(bus.read(each) for each in at))
        assert [numbers(records) for records in whole] == [[], list(range(10)), list(range(20)), []]
        assert clients == [4]
        clients.clear()
        parts = await asyncio.gather(bus.read(at[2], 5, 8), bus.read(at[2], 18), bus.read(at[1], None, 2))
        assert [numbers(records) for records in parts] == [[5, 6, 7], [18, 19], [0, 1]]
        assert sorted(clients) == [1, 2], "one client reads a partition once"
        first = asyncio.ensure_future(bus.read(at[1]))
        second = asyncio.ensure_future(bus.read(at[2]))
        await asyncio.sleep(0)
        first.cancel()
        assert numbers(await second) == list(range(20)), "who gives up leaves the others their records"
    finally:
        await bus.stop()


async def test_an_outage_is_told_to_everybody_who_waits() -> None:
    connection = Connection("127.0.0.1:1", "test", 6_000, delivery_timeout_s=0.2, connect_timeout_s=0.2)
    reads = reading.Reads(connection)
    outcomes = await asyncio.gather(
        *(reads.read(TopicPartition("any", number), None, None) for number in range(3)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [BusUnavailable] * 3
    await reads.stop()
