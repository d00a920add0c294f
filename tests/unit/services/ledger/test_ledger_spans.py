"""The ledger and its spans: entries are published at once, marked when their spans have left, and made again otherwise, the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from google.protobuf.timestamp_pb2 import Timestamp

from services.ledger.adapters.memory import MemoryLedgerStore
from services.ledger.reading import FILLS
from services.ledger.service import LedgerService
from services.ledger.statements import ENTRIES
from services.ledger.store import Booked
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, TopicPartition
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.core.identity import Identity, Root, span_id
from sextant.core.partitions import portfolio_partition
from sextant.core.time import SystemClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import TRACEPARENT, Stamper
from sextant.runtime.trace import parent_of, traceparent
from sextant.telemetry.spans import CollectedSpans
from tests.support.resources import make_resources

PORTFOLIO = "main"
PARTITION = portfolio_partition(PORTFOLIO)


class Waiting(CollectedSpans):
    """Spans that leave when they are let."""

    def __init__(self, *, may_leave: bool) -> None:
        super().__init__()
        self.may_leave = asyncio.Event()
        if may_leave:
            self.may_leave.set()

    async def settle(self) -> None:
        await self.may_leave.wait()


class Marks(MemoryLedgerStore):
    """A store that tells which fills' entries were marked; `lives` False: the process dies before it marks any."""

    def __init__(self) -> None:
        super().__init__()
        self.marked: list[str] = []
        self.has_opened = asyncio.Event()
        self.lives = True

    async def published(self, booked: Sequence[Booked]) -> None:
        if self.lives:
            self.marked += [each.booking.entry.entry_id for each in booked if each.booking.trace]
            await super().published(booked)
        self.has_opened.set()


def fill(number: int) -> Outgoing:
    now, root = time.time_ns(), Root("execution.journal/0", 0, number)
    message = execution_pb2.Fill(
        fill_id=f"alpha-main/BTCUSDT/{number}",
        client_order_id=f"sx{number}",
        portfolio=PORTFOLIO,
        venue_account="alpha-main",
        instrument="alpha:BTC/USDT",
        side=1,  # type: ignore[arg-type]  # the wire's number
        quantity=values_pb2.Decimal(value="0.1"),
        price=values_pb2.Decimal(value="60000"),
        commission=values_pb2.Decimal(value="0.0001"),
        commission_asset="BTC",
        exchange_time=Timestamp(seconds=now // 10**9),
    )
    stamper = Stamper("execution", "0", "local", SystemClock())
    trace = traceparent(root, span_id(root, "execution"))
    return stamper.outgoing(
        FILLS, message.fill_id, PORTFOLIO, message, Identity(root), Lineage(), trace=trace
    )


@asynccontextmanager
async def ledger(log: MemoryLog, store: Marks, spans: Waiting) -> AsyncIterator[None]:
    resources = replace(make_resources("ledger", MemoryBus(log)), spans=spans)
    stop = asyncio.Event()
    task = asyncio.create_task(LedgerService(resources, store).run(stop))
    try:
        yield
    finally:
        spans.may_leave.set()
        stop.set()
        await asyncio.wait_for(task, 10)


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        await asyncio.sleep(0.005)


def traced(log: MemoryLog) -> list[bytes]:
    """Return the span of each entry in the log that has one."""
    entries = log.slice(TopicPartition(ENTRIES, PARTITION), 0, 1 << 40)
    return [parent_of(record.headers[TRACEPARENT])[1] for record in entries if TRACEPARENT in record.headers]


async def test_an_entry_is_published_at_once_and_marked_when_its_span_has_left() -> None:
    log, store, spans = MemoryLog(SystemClock()), Marks(), Waiting(may_leave=True)
    await MemoryBus(log).ensure_topics()
    async with ledger(log, store, spans):
        await asyncio.wait_for(store.has_opened.wait(), 10)  # from here on only fills wait for their spans
        spans.may_leave.clear()
        log.append([fill(1)])
        await until(lambda: len(traced(log)) == 1)
        await asyncio.sleep(0.05)
        assert store.marked == []
        spans.may_leave.set()
        await until(lambda: len(store.marked) == 1)
    assert [span.span_id for span in spans.spans] == traced(log)


async def test_what_was_not_marked_is_published_again_with_the_same_span() -> None:
    log, store, first, second = MemoryLog(SystemClock()), Marks(), *(Waiting(may_leave=True) for _ in "12")
    await MemoryBus(log).ensure_topics()
    store.lives = False
    async with ledger(log, store, first):
        log.append([fill(1), fill(2)])
        await until(lambda: len(traced(log)) == 2)
    store.lives = True
    async with ledger(log, store, second):
        await until(lambda: len(store.marked) == 2)
    ids = [span.span_id for span in first.spans]
    assert len(set(ids)) == 2
    assert [span.span_id for span in second.spans] == ids
    assert traced(log) == [*ids, *ids]
    async with ledger(log, store, third := Waiting(may_leave=True)):
        await asyncio.sleep(0.05)
    assert third.spans == []
