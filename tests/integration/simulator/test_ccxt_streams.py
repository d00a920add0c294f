"""ccxt.pro, which no one here wrote, follows books, trades, orders and balances, and trades over the WebSocket API."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest

from simulator.exchange.interface import Side
from tests.integration.simulator.venues import RunningVenue, ccxt_client, running_venue

SYMBOL = "BTC/USDT"


@pytest.fixture
async def venue() -> AsyncIterator[RunningVenue]:
    async with running_venue() as running:
        running.quote(Side.BUY, "1", "59990")
        running.quote(Side.SELL, "1", "60010")
        running.quote(Side.SELL, "1", "60020")
        yield running


@pytest.fixture
async def client(venue: RunningVenue) -> AsyncIterator[Any]:
    async with ccxt_client(venue) as running:
        await running.load_markets()
        yield running


async def soon(awaitable: Awaitable[Any]) -> Any:
    return await asyncio.wait_for(awaitable, 3)


async def test_the_book_is_followed_through_every_change(venue: RunningVenue, client: Any) -> None:
    book = await soon(client.watch_order_book(SYMBOL))
    assert (book["bids"][0], book["asks"][0]) == ([59990, 1], [60010, 1])
    for number in range(12):
        order = venue.quote(Side.BUY, "0.5", f"59{991 + number % 5}")
        if number % 3:
            venue.exchange.cancel("maker", "BTCUSDT", order)
        if number % 4 == 0:
            book = await soon(client.watch_order_book(SYMBOL))
    venue.quote(Side.BUY, "2", "60010")
    while book["asks"][0][0] != 60020:
        book = await soon(client.watch_order_book(SYMBOL))

    for side, name in ((Side.BUY, "bids"), (Side.SELL, "asks")):
        levels = venue.exchange.levels("BTCUSDT", side, 100)
        assert [list(level) for level in book[name]] == [[float(p), float(q)] for p, q in levels]
    assert book["nonce"] == venue.exchange.listed("BTCUSDT").book.update_id


async def test_trades_quotes_and_candles_arrive(venue: RunningVenue, client: Any) -> None:
    watching = [
        asyncio.create_task(soon(client.watch_trades(SYMBOL))),
        asyncio.create_task(soon(client.watch_bids_asks([SYMBOL]))),
        asyncio.create_task(soon(client.watch_ticker(SYMBOL))),
        asyncio.create_task(soon(client.watch_ohlcv(SYMBOL, "1s"))),
    ]
    await asyncio.sleep(0.3)
    venue.quote(Side.BUY, "0.25", "60010")
    (trade,), quotes, ticker, candles = await asyncio.gather(*watching)

    assert (trade["price"], trade["amount"], trade["side"]) == (60010, 0.25, "buy")
    assert (quotes[SYMBOL]["ask"], quotes[SYMBOL]["askVolume"]) == (60010, 0.75)
    assert ticker["last"] == 60010
    assert candles[-1][1:] == [60010, 60010, 60010, 60010, 0.25]


async def test_orders_fills_and_balances_are_told(venue: RunningVenue, client: Any) -> None:
    orders = asyncio.create_task(soon(client.watch_orders(SYMBOL)))
    balances = asyncio.create_task(soon(client.watch_balance()))
    trades = asyncio.create_task(soon(client.watch_my_trades(SYMBOL)))
    await asyncio.sleep(0.3)
    created = await client.create_order(SYMBOL, "limit", "buy", 0.5, 60000)
    (order,) = await orders
    locked = (await balances)["USDT"]["used"]
    orders = asyncio.create_task(soon(client.watch_orders(SYMBOL)))
    await asyncio.sleep(0)
    venue.quote(Side.SELL, "0.2", "60000")
    (trade,) = await trades
    update = (await orders)[-1]

    assert (order["id"], order["status"]) == (created["id"], "open")
    assert locked == 30000
    assert (trade["order"], trade["amount"], trade["takerOrMaker"]) == (created["id"], 0.2, "maker")
    assert trade["fee"] == {"cost": 0.0002, "currency": "BTC"}
    assert (update["filled"], update["status"]) == (0.2, "open")


async def test_orders_over_the_websocket_api(client: Any) -> None:
    created = await soon(
        client.create_order_ws(SYMBOL, "limit", "buy", 0.1, 59000, {"clientOrderId": "over-ws"})
    )
    fetched = await soon(client.fetch_order_ws(created["id"], SYMBOL))
    open_orders = await soon(client.fetch_open_orders_ws(SYMBOL))
    balance = await soon(client.fetch_balance_ws())
    cancelled = await soon(client.cancel_order_ws(created["id"], SYMBOL))

    assert fetched["clientOrderId"] == "over-ws"
    assert [order["id"] for order in open_orders] == [created["id"]]
    # ccxt 4.5.90 parses this answer without an account type and finds no balances: what it was sent is in `info`.
    assert {"asset": "USDT", "free": "994100.00000000", "locked": "5900.00000000"} in balance["info"][
        "balances"
    ]
    assert cancelled["status"] == "canceled"
