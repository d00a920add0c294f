"""An order that met more resting orders than one answer of the venue holds: every fill is found, by question and by history."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

from sextant.contracts.execution.v1 import execution_pb2
from sextant.core.instruments import Side
from sextant.core.time import SECOND
from sextant.venues.binance.orders import BinanceSpotOrders
from sextant.venues.binance.signing import Credentials
from sextant.venues.port import OrderReport, TimeInForce, VenueOrder
from simulator.exchange.interface import Side as VenueSide
from tests.integration.execution.world import KeptJournal, World, speaking
from tests.integration.simulator.venues import API_KEY, SECRET, RunningVenue, running_venue

TRADES = 1_150
LOT = Decimal("0.001")


def quote_many(venue: RunningVenue) -> None:
    for _ in range(TRADES):
        venue.quote(VenueSide.SELL, str(LOT), "60000")


async def test_a_question_and_the_history_tell_every_trade_of_more_than_a_page() -> None:
    async with running_venue() as venue:
        quote_many(venue)
        client = BinanceSpotOrders("alpha", venue.http, "", Credentials(API_KEY, SECRET), time.time_ns)
        began_ns = time.time_ns() - SECOND
        order = VenueOrder("sxmany", "BTCUSDT", Side.BUY, TRADES * LOT, Decimal(60_000), TimeInForce.IOC)
        await client.submit(order)
        answer = await client.query("BTCUSDT", "sxmany")
        history = await client.trades_since("BTCUSDT", began_ns)
        await client.close()
    assert isinstance(answer, OrderReport)
    for fills in (answer.fills, history):
        assert len({fill.trade_id for fill in fills}) == len(fills) == TRADES
        assert sum(fill.quantity for fill in fills) == TRADES * LOT
        assert {fill.client_order_id for fill in fills} == {"sxmany"}


async def test_fills_that_were_missed_are_found_at_the_next_start_however_many(tmp_path: Path) -> None:
    journal = KeptJournal()

    async def connect() -> KeptJournal:
        return journal

    async with running_venue() as venue, speaking(World(venue, tmp_path, connect)) as world:
        async with world.running():
            await world.decide(
                "sxresting", quantity=str(TRADES * LOT), price="60000", force=1, valid_ms=60_000
            )
            await world.comes("sxresting", execution_pb2.ORDER_STATE_OPEN)
        for _ in range(TRADES):
            venue.quote(VenueSide.SELL, str(LOT), "60000")
        async with world.running():
            end = await world.ends("sxresting", timeout_s=30)
        fills = await world.fills()
    assert end.state == execution_pb2.ORDER_STATE_FILLED
    assert len({fill.fill_id for fill in fills}) == len(fills) == TRADES
