"""The outbox publishes in the journal's order, without holes, with the same ids however often."""

from __future__ import annotations

import random

import pytest
from prometheus_client import CollectorRegistry

from services.execution.adapters.memory import MemoryJournal
from services.execution.journal import Draft, Entry
from services.execution.metrics import ExecutionMetrics
from services.execution.outbox import Outbox
from sextant.bus.errors import OutputLost
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import TopicPartition
from sextant.contracts.execution.v1 import execution_pb2
from sextant.core.partitions import portfolio_partition
from sextant.core.time import SettableClock
from sextant.runtime.stamp import RECORD_ID, Stamper, open_record

ORDERS = "execution.orders.v1"
PARTITION = portfolio_partition("main")


def entry(number: int) -> Entry:
    payload = execution_pb2.OrderEvent(client_order_id=f"sx{number}").SerializeToString()
    return Entry(number, Draft(ORDERS, f"sx{number}", "main", payload, b"", b""))


async def outbox(bus: MemoryBus, unpublished: list[Entry], next_sequence: int) -> Outbox:
    await bus.ensure_topics()
    metrics, stamper = (
        ExecutionMetrics(CollectorRegistry()),
        Stamper("execution", "0", "local", SettableClock()),
    )
    journal = MemoryJournal()
    return Outbox(
        PARTITION,
        journal,
        bus.producer(),
        stamper,
        metrics,
        unpublished=unpublished,
        next_sequence=next_sequence,
    )


async def published(bus: MemoryBus) -> list[str]:
    records = await bus.read(TopicPartition(ORDERS, PARTITION))
    return [open_record(record).value.client_order_id for record in records]


async def test_entries_leave_in_order_whoever_finishes_writing_first() -> None:
    bus = MemoryBus(MemoryLog())
    box = await outbox(bus, [], 0)
    numbers = list(range(20))
    random.Random(1).shuffle(numbers)
    for number in numbers:
        box.offer([entry(number)])
        await box.flush()
    assert await published(bus) == [f"sx{number}" for number in range(20)]
    assert box.is_empty


async def test_a_hole_is_waited_for() -> None:
    bus = MemoryBus(MemoryLog())
    box = await outbox(bus, [entry(3)], 5)
    box.offer([entry(5)])
    await box.flush()
    assert await published(bus) == ["sx3"]
    box.offer([entry(4)])
    await box.flush()
    assert await published(bus) == ["sx3", "sx4", "sx5"]


async def test_what_was_published_before_a_crash_has_the_same_id_again() -> None:
    bus = MemoryBus(MemoryLog())
    for _ in range(2):
        box = await outbox(bus, [entry(0), entry(1)], 2)
        await box.flush()
    ids = [record.headers[RECORD_ID] for record in await bus.read(TopicPartition(ORDERS, PARTITION))]
    assert len(ids) == 4
    assert len(set(ids)) == 2


async def test_what_the_log_did_not_take_stays_pending() -> None:
    bus = MemoryBus(MemoryLog())
    box = await outbox(bus, [entry(0)], 1)
    await bus.stop()
    with pytest.raises(OutputLost):
        await box.flush()
    assert not box.is_empty
