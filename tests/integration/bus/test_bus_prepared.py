"""A producer that was told its topics asks the broker for nothing more when their first records come."""

from __future__ import annotations

import pytest
from aiokafka.protocol.metadata import MetadataRequest

from sextant.bus.kafka import KafkaBus
from sextant.bus.layout import TopicLayout
from tests.support.records import outgoing
from tests.support.requests import requests_of

_TOPICS = ("prepared-a", "prepared-b", "prepared-c")


@pytest.mark.parametrize("is_prepared", [True, False])
async def test_first_records_do_not_wait_for_metadata(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch, is_prepared: bool
) -> None:
    bus = await KafkaBus(kafka_bootstrap, client_id="prepared").start()
    await bus.create_topics([TopicLayout(topic, 1, 3_600_000) for topic in _TOPICS])
    producer = bus.producer()
    await producer.prepare(_TOPICS if is_prepared else _TOPICS[:1])
    asked = requests_of(monkeypatch, MetadataRequest)
    places = await producer.send([outgoing(topic, 0, 1) for topic in _TOPICS])
    assert [place.topic for place in places] == list(_TOPICS)
    assert bool(asked) is not is_prepared
    await bus.stop()
