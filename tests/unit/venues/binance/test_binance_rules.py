"""Exchange information to instruments, instruments to streams and sockets, clocks to offsets, weights to waits."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from sextant.core.errors import InvalidValue
from sextant.core.instruments import Instrument, InstrumentKind
from sextant.core.time import SettableClock, SystemClock
from sextant.venues.binance.market_rest import MarketRest, RestFailed
from sextant.venues.binance.markets import Market
from sextant.venues.binance.subscriptions import plan
from sextant.venues.binance.symbols import instruments
from sextant.venues.clock_offset import ClockOffset
from tests.support.binance_feeds import recorded_instrument

MS, SECOND = 1_000_000, 1_000_000_000


def entry(
    symbol: str, base: str, quote: str, *, tick: object = "0.01000000", **more: object
) -> dict[str, object]:
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": tick},
        {"filterType": "LOT_SIZE", "stepSize": "0.00001000"},
        {"filterType": "NOTIONAL", "minNotional": "5.00000000"},
    ]
    return {
        "symbol": symbol,
        "baseAsset": base,
        "quoteAsset": quote,
        "status": "TRADING",
        "filters": filters,
    } | more


def read(market: Market, *symbols: dict[str, object]) -> tuple[Instrument, ...]:
    raw = json.dumps({"timezone": "UTC", "symbols": symbols}).encode()
    return instruments(raw, venue="alpha", operator="op", market=market, bases=("BTC", "ETH"), quote="USDT")


def test_spot_symbols_get_unified_names_and_exact_steps() -> None:
    found = read(
        Market.SPOT,
        entry("ETHUSDT", "ETH", "USDT", status="HALT"),
        entry("BTCUSDT", "BTC", "USDT"),
        entry("BTCUSDC", "BTC", "USDC"),
        entry("SOLUSDT", "SOL", "USDT"),
    )
    assert [each.name for each in found] == ["alpha:BTC/USDT", "alpha:ETH/USDT"]
    btc, eth = found
    assert (btc.tick, btc.lot, btc.minimum_notional) == (Decimal("0.01"), Decimal("0.00001"), Decimal(5))
    assert (btc.settle, btc.kind, btc.contract_size) == ("USDT", InstrumentKind.SPOT, Decimal(1))
    assert (btc.is_trading, eth.is_trading) == (True, False)


def test_futures_keep_perpetuals_and_read_the_contract_size_from_its_text() -> None:
    perpetual = {"contractType": "PERPETUAL", "deliveryDate": 4133404800000}
    dated = {"contractType": "CURRENT_QUARTER", "deliveryDate": 1798185600000, "marginAsset": "USDT"}
    (linear,) = read(
        Market.USDM,
        entry("BTCUSDT", "BTC", "USDT", marginAsset="USDT", **perpetual),
        entry("BTCUSDT_261225", "BTC", "USDT", **dated),
    )
    assert (linear.name, linear.kind) == ("alpha:BTC/USDT:USDT", InstrumentKind.LINEAR)
    (inverse,) = read(
        Market.COINM,
        entry(
            "BTCUSD_PERP",
            "BTC",
            "USD",
            marginAsset="BTC",
            contractSize=100,
            status="",
            contractStatus="TRADING",
            **perpetual,
        ),
    )
    assert (inverse.name, inverse.kind) == ("alpha:BTC/USD:BTC", InstrumentKind.INVERSE)
    assert (inverse.contract_size, inverse.is_trading) == (Decimal(100), True)


@pytest.mark.parametrize("tick", ["0.00000000", "", "NaN", "1_0", "-0.01"])
def test_a_step_that_is_none_is_refused_by_name(tick: str) -> None:
    with pytest.raises(InvalidValue, match="tickSize"):
        read(Market.SPOT, entry("BTCUSDT", "BTC", "USDT", tick=tick))


def test_an_answer_that_is_no_exchange_information_is_refused() -> None:
    with pytest.raises(InvalidValue, match="exchangeInfo"):
        instruments(b"<html>", venue="a", operator="o", market=Market.SPOT, bases=("BTC",), quote="USDT")


@given(count=st.integers(1, 30), limit=st.integers(1, 60))
def test_every_instrument_has_its_streams_on_one_socket_per_route(count: int, limit: int) -> None:
    _, first = recorded_instrument("usdm_btcusdt")
    many = [
        replace(first, name=f"v:A{n}/USDT:USDT", venue_symbol=f"A{n}USDT", base=f"A{n}") for n in range(count)
    ]
    connections = plan(Market.USDM, many, limit)
    assert len({each.name for each in connections}) == len(connections)
    for is_primary in (True, False):
        chosen = [each for each in connections if each.is_primary is is_primary]
        assert [one for each in chosen for one in each.instruments] == many
        assert all(len(each.streams) <= max(limit, 3) for each in chosen)
    assert {each.path for each in connections} == {"/public/stream", "/market/stream"}
    assert all(
        "depth" not in stream for each in connections if not each.is_primary for stream in each.streams
    )


def test_addresses_name_the_streams_in_lower_case() -> None:
    _, instrument = recorded_instrument("spot_btcusdt")
    (connection,) = plan(Market.SPOT, [instrument], 50)
    expected = "ws://host:1/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade"
    assert connection.url("ws://host:1/") == expected


def test_the_shortest_round_trip_decides_the_clock() -> None:
    clock = ClockOffset()
    clock.asked(0, 1_500 * MS, 800 * MS)
    clock.asked(1_000 * MS, 2_005 * MS, 1_010 * MS)
    clock.saw(99 * SECOND, 0)
    assert abs(clock.offset_ns - 1_000 * MS) <= clock.uncertainty_ns
    assert clock.uncertainty_ns < 10 * MS


@given(
    delays=st.lists(st.integers(0, 60 * MS), min_size=2, max_size=50),
    offset=st.integers(-5 * SECOND, 5 * SECOND),
)
def test_without_a_time_call_the_least_delayed_event_decides(delays: list[int], offset: int) -> None:
    clock = ClockOffset()
    for number, delay in enumerate(delays):
        now = 10 * SECOND + number * MS
        clock.saw(now + offset - delay, now)
    assert clock.offset_ns == offset - min(delays)
    assert clock.uncertainty_ns >= max(delays) - min(delays)


async def test_calls_are_refused_with_the_venues_own_words_and_wait_as_told() -> None:
    calls: list[str] = []

    async def time(request: web.Request) -> web.Response:
        calls.append(request.path)
        if len(calls) == 1:
            return web.json_response(
                {"code": -1003, "msg": "Way too much"}, status=418, headers={"Retry-After": "1"}
            )
        return web.json_response({"serverTime": 5})

    application = web.Application()
    application.router.add_get("/api/v3/time", time)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            clock = SystemClock()
            rest = MarketRest(session, f"http://127.0.0.1:{runner.addresses[0][1]}", Market.SPOT, clock)
            with pytest.raises(RestFailed, match=r"HTTP 418.*Way too much"):
                await rest.time()
            before = clock.monotonic_ns()
            sent, server, received = await rest.time()
            assert clock.monotonic_ns() - before >= SECOND
            assert server == 5 * MS
            assert sent <= received
    finally:
        await runner.cleanup()


async def test_a_host_that_cannot_be_reached_is_named() -> None:
    async with aiohttp.ClientSession() as session:
        rest = MarketRest(session, "http://127.0.0.1:9", Market.USDM, SettableClock(1))
        with pytest.raises(RestFailed, match=r"127\.0\.0\.1:9/fapi/v1/depth"):
            await rest.depth("BTCUSDT")
