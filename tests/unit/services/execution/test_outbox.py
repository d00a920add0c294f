"""The outbox publishes in the journal's order, without holes, with the same ids however often."""

from __future__ import annotations

import asyncio
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
from sextant.runtime.stamp import Stamper, open_record, record_id_of
from sextant.telemetry.spans import CollectedSpans, SpanSink

ORDERS = "execution.orders.v1"
PARTITION = portfolio_partition("main")


def entry(number: int) -> Entry:
    payload = execution_pb2.OrderEvent(client_order_id=f"sx{number}").SerializeToString()
    return Entry(number, Draft(ORDERS, f"sx{number}", "main", payload, b"", b""))


async def outbox(
    bus: MemoryBus,
    unpublished: list[Entry],
    next_sequence: int,
    journal: MemoryJournal | None = None,
    spans: SpanSink | None = None,
) -> Outbox:
    await bus.ensure_topics()
    metrics, stamper = (
        ExecutionMetrics(CollectorRegistry()),
        Stamper("execution", "0", "local", SettableClock()),
    )
    return Outbox(
        PARTITION,
        journal or MemoryJournal(),
        bus.producer(),
        stamper,
        metrics,
        spans or CollectedSpans(),
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
    assert box.waiting == 0


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
    ids = [record_id_of(record) for record in await bus.read(TopicPartition(ORDERS, PARTITION))]
    assert len(ids) == 4
    assert len(set(ids)) == 2


async def test_what_the_log_did_not_take_stays_pending() -> None:
    bus = MemoryBus(MemoryLog())
    box = await outbox(bus, [entry(0)], 1)
    await bus.stop()
    with pytest.raises(OutputLost):
        await box.flush()
    assert box.waiting


class Marks(MemoryJournal):
    """A journal that tells how far it was marked."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[int] = []

    async def mark_published(self, partition: int, up_to: int) -> None:
        self.marks.append(up_to)


class Waiting(CollectedSpans):
    """Spans that leave when they are let."""

    def __init__(self) -> None:
        super().__init__()
        self.may_leave = asyncio.Event()

    async def settle(self) -> None:
        await self.may_leave.wait()


async def test_entries_are_published_at_once_and_marked_when_their_spans_have_left() -> None:
    bus, journal, spans = MemoryBus(MemoryLog()), Marks(), Waiting()
    box = await outbox(bus, [entry(number) for number in range(3)], 3, journal, spans)
    flushing = asyncio.create_task(box.flush())
    await asyncio.sleep(0.01)
    assert await published(bus) == ["sx0", "sx1", "sx2"]
    assert journal.marks == []
    spans.may_leave.set()
    await flushing
    assert journal.marks == [2]


async def test_what_was_sent_when_the_outbox_was_stopped_is_marked_at_the_end() -> None:
    bus, journal, spans = MemoryBus(MemoryLog()), Marks(), Waiting()
    box = await outbox(bus, [entry(number) for number in range(3)], 3, journal, spans)
    running = asyncio.create_task(box.run())
    await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (box.waiting, journal.marks) == (0, [])
    spans.may_leave.set()
    await box.flush()
    assert journal.marks == [2]
    await box.flush()
    assert journal.marks == [2]
