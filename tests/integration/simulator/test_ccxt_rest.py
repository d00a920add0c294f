"""ccxt, which no one here wrote, drives the venue over REST."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import ccxt
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
    async with ccxt_client(venue, pro=False) as running:
        yield running


async def test_load_markets_with_ccxts_own_defaults(client: Any) -> None:
    markets = await client.load_markets()

    btc = markets[SYMBOL]
    assert sorted(markets) == [SYMBOL, "ETH/USDT"]
    assert (btc["active"], btc["spot"], btc["precision"]["price"], btc["precision"]["amount"]) == (
        True,
        True,
        0.01,
        0.00001,
    )
    assert btc["limits"]["cost"]["min"] == 5


async def test_market_data(venue: RunningVenue, client: Any) -> None:
    venue.exchange.place("main", "BTCUSDT", Side.BUY, Decimal("0.5"), Decimal(60010))

    book = await client.fetch_order_book(SYMBOL)
    trades = await client.fetch_trades(SYMBOL)
    (candle,) = await client.fetch_ohlcv(SYMBOL, "1s")
    ticker = await client.fetch_ticker(SYMBOL)
    quotes = await client.fetch_bids_asks([SYMBOL])

    assert (book["bids"][0], book["asks"][0]) == ([59990, 1], [60010, 0.5])
    assert [(trade["price"], trade["amount"], trade["side"]) for trade in trades] == [(60010, 0.5, "buy")]
    assert candle[1:] == [60010, 60010, 60010, 60010, 0.5]
    assert (ticker["last"], ticker["baseVolume"], ticker["bid"], ticker["ask"]) == (60010, 0.5, 59990, 60010)
    assert quotes[SYMBOL]["ask"] == 60010
    assert abs(await client.fetch_time() - client.milliseconds()) < 1000


async def test_the_life_of_a_limit_order(venue: RunningVenue, client: Any) -> None:
    created = await client.create_order(SYMBOL, "limit", "buy", 0.1, 59000, {"clientOrderId": "mine-1"})
    by_id = await client.fetch_order(created["id"], SYMBOL)
    by_client_id = await client.fetch_order(None, SYMBOL, {"clientOrderId": "mine-1"})
    open_orders = await client.fetch_open_orders(SYMBOL)
    locked = await client.fetch_balance()
    cancelled = await client.cancel_order(created["id"], SYMBOL)
    freed = await client.fetch_balance()

    assert (created["status"], created["clientOrderId"]) == ("open", "mine-1")
    assert by_id["id"] == by_client_id["id"] == open_orders[0]["id"] == created["id"]
    assert locked["USDT"]["used"] == 5900
    assert cancelled["status"] == "canceled"
    assert freed["USDT"] == {"free": 1_000_000, "used": 0, "total": 1_000_000}
    assert await client.fetch_open_orders(SYMBOL) == []
    assert [order["status"] for order in await client.fetch_orders(SYMBOL)] == ["canceled"]


async def test_market_orders_by_quantity_and_by_cost(client: Any) -> None:
    bought = await client.create_order(SYMBOL, "market", "buy", 0.2)
    for_money = await client.create_order(SYMBOL, "market", "buy", None, None, {"cost": 600.1})
    sold = await client.create_order(SYMBOL, "market", "sell", 0.1)
    trades = await client.fetch_my_trades(SYMBOL)
    balance = await client.fetch_balance()

    assert (bought["status"], bought["average"], bought["filled"]) == ("closed", 60010, 0.2)
    assert bought["fees"] == [{"currency": "BTC", "cost": 0.0002}]
    assert (for_money["filled"], for_money["cost"]) == (0.01, 600.1)
    assert sold["average"] == 59990
    assert [(trade["side"], trade["amount"], trade["takerOrMaker"]) for trade in trades] == [
        ("buy", 0.2, "taker"),
        ("buy", 0.01, "taker"),
        ("sell", 0.1, "taker"),
    ]
    assert balance["BTC"]["total"] == pytest.approx(10 + 0.21 * 0.999 - 0.1)
    assert balance["USDT"]["total"] == pytest.approx(1_000_000 - 0.21 * 60010 + 5999 * 0.999)


async def test_times_in_force(client: Any) -> None:
    partial = await client.create_order(SYMBOL, "limit", "buy", 1.5, 60010, {"timeInForce": "IOC"})
    killed = await client.create_order(SYMBOL, "limit", "buy", 1.5, 60020, {"timeInForce": "FOK"})
    resting = await client.create_order(SYMBOL, "limit", "buy", 0.1, 60000, {"postOnly": True})

    assert (partial["filled"], partial["status"]) == (1, "expired")
    assert (killed["filled"], killed["status"]) == (0, "expired")
    assert (await client.fetch_order(resting["id"], SYMBOL))["status"] == "open"


async def test_refusals_become_the_exceptions_that_ccxt_documents(client: Any) -> None:
    create = client.create_order
    await create(SYMBOL, "limit", "buy", 0.1, 59000, {"clientOrderId": "twice"})

    with pytest.raises(ccxt.InsufficientFunds):
        await create(SYMBOL, "limit", "sell", 100, 61000)
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        await create(SYMBOL, "limit", "buy", 0.1, 60010, {"postOnly": True})
    with pytest.raises(ccxt.InvalidOrder, match="Duplicate order sent"):
        await create(SYMBOL, "limit", "buy", 0.1, 59000, {"clientOrderId": "twice"})
    with pytest.raises(ccxt.BadRequest, match="Filter failure: NOTIONAL"):
        await create(SYMBOL, "limit", "buy", 0.00001, 59000)
    with pytest.raises(ccxt.OrderNotFound):
        await client.cancel_order("999", SYMBOL)
    with pytest.raises(ccxt.OrderNotFound):
        await client.fetch_order("999", SYMBOL)


async def test_wrong_credentials_are_refused(venue: RunningVenue) -> None:
    async with ccxt_client(venue, pro=False, secret="another") as client:
        with pytest.raises(ccxt.AuthenticationError, match="-1022"):
            await client.fetch_balance()
    async with ccxt_client(venue, pro=False, apiKey="unknown") as client:
        with pytest.raises(ccxt.AuthenticationError, match="-2015"):
            await client.fetch_balance()


async def test_cancel_all_and_fees(client: Any) -> None:
    for price in (59000, 58000):
        await client.create_order(SYMBOL, "limit", "buy", 0.1, price)
    cancelled = await client.cancel_all_orders(SYMBOL)
    fee = await client.fetch_trading_fee(SYMBOL)

    assert [order["status"] for order in cancelled] == ["canceled", "canceled"]
    assert (fee["maker"], fee["taker"]) == (0.001, 0.001)
