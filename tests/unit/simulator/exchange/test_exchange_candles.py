"""Candles: built from trades, flat where nothing traded, longer ones merged from minutes, history seeded exactly."""

from decimal import Decimal

import pytest

from simulator.exchange.candles import MINUTE_NS, SECOND_NS, MarketCandles
from simulator.exchange.engine import SimulatedExchange
from simulator.exchange.interface import Candle, ExchangeRefusal, Side
from tests.unit.simulator.exchange.exchanges import MARKET, START_NS, SYMBOL, Clock, funded_exchange, limit


def decimals(*values: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(value) for value in values)


def trade_at(exchange: SimulatedExchange, price: str, quantity: str) -> None:
    exchange.submit(limit("a", Side.SELL, quantity, price))
    exchange.submit(limit("b", Side.BUY, quantity, price))


def flat(open_ns: int, price: str, volume: str = "1") -> Candle:
    at, quantity = Decimal(price), Decimal(volume)
    return Candle(open_ns, at, at, at, at, quantity, at * quantity, 1, Decimal(0), Decimal(0))


def test_trades_make_candles_and_quiet_seconds_repeat_the_close() -> None:
    clock = Clock()
    exchange = funded_exchange("a", "b", clock=clock)
    trade_at(exchange, "100", "1")
    trade_at(exchange, "103", "2")
    clock.advance(2)
    trade_at(exchange, "101", "1")

    first, quiet, last = exchange.candles(SYMBOL, "1s")

    assert (first.open, first.high, first.low, first.close) == decimals(100, 103, 100, 103)
    assert (first.volume, first.quote_volume) == decimals(3, 306)
    assert first.trades == 2
    assert (first.taker_buy_volume, first.taker_buy_quote_volume) == decimals(3, 306)
    assert quiet.open_time_ns == START_NS + SECOND_NS
    assert (quiet.close, quiet.volume) == decimals(103, 0)
    assert last.open == 101
    assert (last.first_trade_id, last.last_trade_id) == (3, 3)


def test_longer_intervals_are_aligned_and_merged_from_minutes() -> None:
    clock = Clock(START_NS - START_NS % (5 * MINUTE_NS))
    exchange = funded_exchange("a", "b", clock=clock)
    for price in ("100", "90", "110"):
        trade_at(exchange, price, "1")
        clock.advance(60)

    (candle,) = exchange.candles(SYMBOL, "5m")

    assert candle.open_time_ns % (5 * MINUTE_NS) == 0
    assert (candle.open, candle.high, candle.low, candle.close, candle.volume) == decimals(
        100, 110, 90, 110, 3
    )


def test_the_newest_candles_are_returned_unless_a_start_is_given() -> None:
    clock = Clock()
    exchange = funded_exchange("a", "b", clock=clock)
    trade_at(exchange, "100", "1")
    clock.advance(10)

    newest = [candle.open_time_ns for candle in exchange.candles(SYMBOL, "1s", limit=2)]
    oldest = [candle.open_time_ns for candle in exchange.candles(SYMBOL, "1s", start_ns=0, limit=2)]

    assert newest == [START_NS + 9 * SECOND_NS, START_NS + 10 * SECOND_NS]
    assert oldest == [START_NS, START_NS + SECOND_NS]


def test_seeded_history_joins_what_is_traded_later() -> None:
    clock = Clock()
    exchange = funded_exchange("a", "b", clock=clock)
    minute = START_NS - START_NS % MINUTE_NS
    history = [flat(minute - n * MINUTE_NS, "99.5") for n in range(60, 0, -1)]
    exchange.seed_candles(SYMBOL, "1m", history)
    trade_at(exchange, "100", "1")

    candles = exchange.candles(SYMBOL, "1m", limit=100)

    assert candles[:-1] == history
    assert candles[-1].close == 100


def test_history_with_a_gap_or_off_the_tick_is_refused() -> None:
    candles = MarketCandles(MARKET)
    with pytest.raises(ValueError, match="expected a candle at"):
        candles.seed("1s", [flat(0, "1"), flat(2 * SECOND_NS, "1")])
    with pytest.raises(ValueError, match=r"expected a multiple of 0\.01"):
        candles.seed("1s", [flat(0, "1.001")])
    with pytest.raises(ValueError, match="expected interval 1s or 1m"):
        candles.seed("5m", [])


def test_an_unknown_interval_is_refused() -> None:
    with pytest.raises(ExchangeRefusal):
        funded_exchange().candles(SYMBOL, "7m")


def test_memory_is_bounded() -> None:
    clock = Clock()
    exchange = funded_exchange("a", "b", clock=clock)
    trade_at(exchange, "100", "1")
    for _ in range(20):
        clock.advance(3600)
        exchange.candles(SYMBOL, "1s", limit=1)

    assert len(exchange.candles(SYMBOL, "1s", start_ns=0, limit=100_000)) <= 4_500
