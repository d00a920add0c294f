"""Timestamps of records: the registry's topics have the broker's, whatever a producer says; dead letters keep their record's."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace

from sextant.bus.kafka import KafkaBus
from sextant.bus.layout import registry_layouts
from sextant.bus.port import Outgoing, TopicPartition
from sextant.contracts.topics import dead_letter_topic

_LONG_AGO_MS = 1_723_075_200_123
EVENTS = "market.events.v1"
LETTERS = dead_letter_topic(EVENTS, "triangulation")


async def _stamp_on(bus: KafkaBus, registered: str) -> int:
    """Return the timestamp of a record that a producer dates long ago, on a fresh topic with the layout of a registered one."""
    (layout,) = (each for each in registry_layouts() if each.name == registered)
    fresh = replace(layout, name=f"{registered}-{uuid.uuid4().hex[:8]}", partitions=1)
    await bus.create_topics([fresh])
    await bus.producer().send([Outgoing(fresh.name, 0, b"key", b"value", timestamp_ms=_LONG_AGO_MS)])
    (record,) = await bus.read(TopicPartition(fresh.name, 0))
    return record.timestamp_ms


async def test_the_broker_stamps_what_lag_is_measured_on_and_dead_letters_stay_as_old_as_they_were(
    kafka_bootstrap: str,
) -> None:
    bus = await KafkaBus(kafka_bootstrap, client_id="stamps-test").start()
    try:
        before = time.time_ns() // 1_000_000
        appended, letter = await _stamp_on(bus, EVENTS), await _stamp_on(bus, LETTERS)
        after = time.time_ns() // 1_000_000
    finally:
        await bus.stop()

    assert before <= appended <= after
    assert letter == _LONG_AGO_MS
