"""Who is in no hurry asks the broker seldom; nobody asks for some partitions while records of others wait to be read."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import Any

import pytest
from aiokafka.protocol.fetch import FetchRequest

from sextant.bus.kafka import KafkaBus
from sextant.bus.layout import TopicLayout
from tests.support.records import Listener, drain, numbers, outgoing
from tests.support.requests import requests_of

_HOUR_MS = 3_600_000


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was asked of the broker for records."""
    return requests_of(monkeypatch, FetchRequest)


async def test_nothing_is_asked_for_while_records_wait_to_be_read(
    kafka_bootstrap: str, fetches: list[Any]
) -> None:
    """Else the partition that is read at last is asked for only with the answer for the others, however long that takes."""
    bus = await KafkaBus(kafka_bootstrap, client_id="unread").start()
    try:
        await bus.create_topics([TopicLayout("unread", 2, _HOUR_MS)])
        consumer = await bus.group("unread", ["unread"], Listener(), instance="unread-0")
        await bus.producer().send([outgoing("unread", 0, 0)])
        assert numbers(await drain(consumer, 1)) == [0]
        await bus.producer().send([outgoing("unread", 0, 1)])
        await asyncio.sleep(0.4)  # the answer has come, and nobody has read it
        before = len(fetches)
        await asyncio.sleep(0.4)
        assert len(fetches) == before
        assert numbers(await drain(consumer, 1)) == [1]
    finally:
        await bus.stop()


@pytest.mark.parametrize("is_group", [True, False])
async def test_records_gather_for_those_that_let_them(
    kafka_bootstrap: str, fetches: list[Any], is_group: bool
) -> None:
    topic = f"gathered-{is_group}"
    bus = await KafkaBus(kafka_bootstrap, client_id="gathering").start()
    try:
        await bus.create_topics([TopicLayout(topic, 1, _HOUR_MS)])
        await bus.producer().send([outgoing(topic, 0, 0)])
        reader: Any = (
            await bus.group(topic, [topic], Listener(), instance=topic, gather_ms=300)
            if is_group
            else await bus.broadcast([topic], gather_ms=300)
        )
        found: list[tuple[float, list[int]]] = []

        async def poll() -> None:
            polled = await reader.poll(max_records=100, timeout_s=0.5)
            records = [record for batch in polled.values() for record in batch] if is_group else list(polled)
            if records:
                found.append((time.monotonic(), numbers(records)))

        while not found:
            await poll()
        before = len(fetches)
        for number in range(1, 41):
            await bus.producer().send([outgoing(topic, 0, number)])
            await asyncio.sleep(0.01)
        while found[-1][1][-1] < 40:
            await poll()
        assert [number for _, each in found for number in each] == list(range(41))
        between = [later - sooner for (sooner, _), (later, _) in pairwise(found)]
        assert min(between) >= 0.29
        assert len(fetches) - before <= 2 * len(found)
    finally:
        await bus.stop()
