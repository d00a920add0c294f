"""SIGKILL at the worst moments, over a real Postgres: after the restart there is exactly one order, or none and it says so."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from services.execution.adapters.postgres import PostgresJournal
from sextant.contracts.execution.v1 import execution_pb2
from simulator.exchange.interface import Side
from tests.integration.execution.world import World, speaking
from tests.integration.simulator.venues import API_KEY, SECRET, running_venue

STATE = execution_pb2.OrderState

#: A process that journals one order and dies before, or right after, the venue is called.
DYING = """
import asyncio, os, signal, sys, time
from decimal import Decimal
from services.execution.adapters.postgres import PostgresJournal
from services.execution.domain.events import GateOpened
from services.execution.domain.machine import begin
from services.execution.domain.order import Terms
from services.execution.journal import Context
from services.execution.messages import order_draft
from services.execution.translate import venue_order
from sextant.core.instruments import Side
from sextant.core.partitions import portfolio_partition
from sextant.venues.binance.orders import BinanceSpotOrders
from sextant.venues.binance.signing import Credentials

async def main(dsn, http, key, secret, name, valid_ms, moment):
    journal = await PostgresJournal.connect(dsn)
    writer = await journal.acquire("main", portfolio_partition("main"), "dying")
    valid = time.time_ns() + int(valid_ms) * 1_000_000
    terms = Terms(name, "main", "alpha-main", "alpha:BTC/USDT", "BTCUSDT", Side.BUY, Decimal("0.1"), Decimal("60010"), 2,
                  valid, False, 1, "intent", "decision", Decimal(6001))
    step = begin(terms, GateOpened(time.time_ns()))
    draft = order_draft(step.order, Context(), writer_epoch=writer.epoch, now_ns=time.time_ns())
    await journal.insert(writer, step.order, Context(), [draft])
    if moment == "after":
        venue = BinanceSpotOrders("alpha", http, "", Credentials(key, secret), time.time_ns)
        await venue.submit(venue_order(terms))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def world(tmp_path: Path, postgres_dsn: str) -> AsyncIterator[World]:
    async with running_venue() as venue:
        venue.quote(Side.SELL, "5", "60010")
        async with speaking(World(venue, tmp_path, lambda: PostgresJournal.connect(postgres_dsn))) as made:
            yield made


async def die(world: World, dsn: str, name: str, valid_ms: int, moment: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DYING, dsn, world.venue.http, API_KEY, SECRET, name, str(valid_ms), moment)
    )
    assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("moment", "valid_ms", "state", "orders"),
    [
        ("before", 60_000, STATE.ORDER_STATE_FILLED, 1),
        ("before", 100, STATE.ORDER_STATE_NOT_SENT, 0),
        ("after", 100, STATE.ORDER_STATE_FILLED, 1),
        ("after", 60_000, STATE.ORDER_STATE_FILLED, 1),
    ],
)
async def test_an_order_of_a_killed_process_is_neither_lost_nor_doubled(
    world: World, postgres_dsn: str, moment: str, valid_ms: int, state: int, orders: int
) -> None:
    name = f"sx{moment}{valid_ms}"
    before = world.venue.exchange.listed("BTCUSDT").last_order_id
    await die(world, postgres_dsn, name, valid_ms, moment)
    async with world.running():
        end = await world.ends(name, timeout_s=20)
        assert world.venue.exchange.listed("BTCUSDT").last_order_id == before + orders
    assert end.state == state
    events = await world.orders(name)
    assert [event.revision for event in events] == list(range(1, len(events) + 1))
    filled = sum(Decimal(fill.quantity.value) for fill in await world.fills() if fill.client_order_id == name)
    assert filled == Decimal(end.filled_quantity.value) == Decimal("0.1") * orders
