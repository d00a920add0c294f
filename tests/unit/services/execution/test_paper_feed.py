"""Paper accounts hear the market as ingest publishes it, whichever comes first: rules or prices."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal

import structlog

from services.execution.account import Account
from services.execution.adapters.paper_feed import EVENTS, PaperFeed
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing
from sextant.core.partitions import market_partition
from sextant.venues.paper.exchange import PaperExchange
from sextant.venues.paper.venue import PaperVenue
from sextant.venues.port import Accepted, VenueStatus
from tests.unit.venues.paper.test_paper_exchange import BTC, book, order


async def test_the_market_of_the_log_is_the_market_of_paper_orders() -> None:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    exchange = PaperExchange({"USDT": Decimal(1_000)}, taker_fee_bp=Decimal(10), maker_fee_bp=Decimal(5))
    venue = PaperVenue(exchange)
    account = Account("alpha-main", "main", "alpha", "USDT", {}, venue, lambda: exchange.time_ns)
    feed = PaperFeed(bus, [account], structlog.get_logger())
    assert feed.is_needed
    batches = [book(7, (1, 9900, 10), (2, 10000, 10)).SerializeToString(), b"\xff no batch"]
    at = market_partition("BTC")
    await bus.producer().send([Outgoing(EVENTS, at, b"BTC", batch) for batch in batches])
    task = asyncio.create_task(feed.run())
    await asyncio.wait_for(feed.ready.wait(), 5)
    feed.set_instrument(BTC)
    accepted = await venue.submit(order())
    assert isinstance(accepted, Accepted)
    assert accepted.report.status is VenueStatus.FILLED
    assert account.venue_ns() == 7
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
