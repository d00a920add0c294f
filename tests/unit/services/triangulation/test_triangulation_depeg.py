"""The USDC de-peg of March 2023, minute by minute: real venues that stop, lie or trade in another currency."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.triangulation.domain.triangulator import Triangulator
from services.triangulation.domain.values import Observation, Rules, Statement, Top
from sextant.core.vocabulary import Judgement

HISTORY = Path(__file__).parents[5] / "shared" / "market" / "ohlcv_1m" / "depeg_2023_03"
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
#: One candle a minute says what a venue's price was; minutes without trades are absent, so a quote may be three minutes old.
RULES = Rules(fresh_ns=3 * MINUTE, is_one_voice_per_operator=False)
#: coinbase_btcusdc is left out: Coinbase merged its USD and USDC books, so it is not a second source.
MARKETS = (
    *("coinbase:BTC/USD", "kraken:BTC/USD", "binanceus:BTC/USD", "cryptocom:BTC/USD"),
    *("kraken:BTC/USDC", "cryptocom:BTC/USDC", "kraken:BTC/USDT", "coinbase:BTC/USDT"),
    *("kraken:USDC/USD", "kraken:USDT/USD", "coinbase:USDT/USD"),
)

pytestmark = pytest.mark.skipif(
    not HISTORY.is_dir(), reason=f"the recorded de-peg is not there: {HISTORY.parent.name}/{HISTORY.name}"
)


def ns(moment: datetime) -> int:
    return int(moment.timestamp()) * SECOND


def closes(market: str, start: datetime, end: datetime) -> dict[int, float]:
    """Return the closes of a market by the end of their minute, ns."""
    parquet = pytest.importorskip("pyarrow.parquet")
    venue, _, symbol = market.partition(":")
    path = HISTORY / f"{venue}_{symbol.replace('/', '').lower()}.parquet"
    table = parquet.read_table(
        path,
        columns=["ts_open_utc", "close"],
        filters=[("ts_open_utc", ">=", start), ("ts_open_utc", "<", end)],
    )
    times, prices = table["ts_open_utc"].to_pylist(), table["close"].to_pylist()
    return {ns(time) + MINUTE: close for time, close in zip(times, prices, strict=True)}


def replay(start: datetime, length: timedelta) -> Iterator[tuple[int, str, Statement]]:
    """Yield (time, market, statement) of every candle in order of time; rates speak before what they convert."""
    end = start + length
    said = [
        (time, "BTC/" in market, market, close)
        for market in MARKETS
        for time, close in closes(market, start, end).items()
    ]
    triangulator = Triangulator(RULES)
    for time, _, market, close in sorted(said):
        top = Top(close * (1 - 1e-6), close * (1 + 1e-6), time)
        seen = Observation(market, market.partition(":")[0], time, top=top, is_whole=True)
        yield time, market, triangulator.observe(seen)


def test_coinbase_goes_stale_while_it_stops_for_278_minutes_and_the_fix_stays_good() -> None:
    # The last candle before opens at 16:59 and the first after at 21:37.
    stop, resume = datetime(2023, 3, 4, 17, 0, tzinfo=UTC), datetime(2023, 3, 4, 21, 37, tzinfo=UTC)
    stale: set[int] = set()
    for time, market, statement in replay(datetime(2023, 3, 4, 16, tzinfo=UTC), timedelta(hours=6.5)):
        for verdict in statement.verdicts:
            if verdict.instrument == "coinbase:BTC/USD" and verdict.judgement is Judgement.STALE:
                stale.add(time)
        if "BTC/USD" in market and ns(stop) < time < ns(resume) + MINUTE:
            assert statement.fix
            assert statement.fix.is_good
            assert statement.fix.venues >= 3
    assert min(stale) == ns(stop) + 4 * MINUTE
    assert max(stale) == ns(resume) + MINUTE
    assert len(stale) > 270


def test_a_dead_market_that_repeats_its_price_is_an_outlier() -> None:
    judged = [
        statement.own.judgement
        for _, market, statement in replay(datetime(2023, 3, 4, tzinfo=UTC), timedelta(hours=6))
        if market == "cryptocom:BTC/USDC"
    ]
    assert judged
    assert judged.count(Judgement.OUTLIER) > 0.95 * (len(judged) - judged.count(Judgement.NO_RATE))


def test_usdc_is_not_usd_and_converted_prices_agree() -> None:
    residuals: list[float] = []
    outlying = 0
    start, length = datetime(2023, 3, 11, tzinfo=UTC), timedelta(hours=24)
    coins, dollars = (closes(f"kraken:BTC/{quote}", start, start + length) for quote in ("USDC", "USD"))
    assert max(coins[time] / dollars[time] for time in coins.keys() & dollars.keys()) > 1.13
    for _, market, statement in replay(start, length):
        if market != "kraken:BTC/USDC" or statement.own.judgement is Judgement.NO_RATE:
            continue
        assert statement.fix
        residuals.append(abs(statement.own.distance_bp))
        outlying += statement.own.judgement is Judgement.OUTLIER
    assert len(residuals) > 1_000
    assert statistics.median(residuals) < 15
    assert outlying < 0.1 * len(residuals)
