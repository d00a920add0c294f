"""A population makes a market: two-sided books, prices near fair value, flow that follows moves, and the same run twice."""

import os
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import correlation, fmean

import pytest

from simulator.exchange.interface import Side
from simulator.market.assets import DEFAULT_ASSETS, asset, spot_markets
from tests.unit.simulator.market.markets import START_NS, STEP_NS, Session, crosses

ROOT = Path(__file__).resolve().parents[4]
SYMBOLS = [f"{name}USDT" for name in DEFAULT_ASSETS]
REAL_CROSS = 1e-4
PRINT_DIGEST = """
from tests.unit.simulator.market.markets import Session
print(Session(seed=3, assets=("BTC", "SOL")).run(5.0).digest())
"""


@cache
def minute(seed: int) -> Session:
    """Return a minute of the market, to be looked at by several tests."""
    return Session(seed=seed).run(60.0)


@pytest.fixture
def lively() -> Session:
    return minute(11)


def digest_in_another_process(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PRINT_DIGEST]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_a_run_repeats_exactly_under_another_hash_seed() -> None:
    assert digest_in_another_process("1") == digest_in_another_process("77")


def test_seed_and_operator_each_give_another_run() -> None:
    runs = [
        Session(seed=seed, operator=operator, assets=("BTC",)).run(2.0).digest()
        for seed, operator in ((1, "alpha"), (2, "alpha"), (1, "beta"))
    ]
    assert len(set(runs)) == 3


def test_operators_agree_on_fair_values_and_differ_in_prices() -> None:
    alpha, beta = (Session(seed=4, operator=name, assets=("ETH",)).run(1.0) for name in ("alpha", "beta"))
    instants = range(START_NS, alpha.now_ns, STEP_NS)
    fair = [[run.population.fair("ETHUSDT", t) for t in instants] for run in (alpha, beta)]
    assert fair[0] == fair[1]
    assert alpha.exchange.best("ETHUSDT") != beta.exchange.best("ETHUSDT")


@pytest.mark.parametrize("seed", range(10, 14))
def test_traded_prices_have_real_crosses_on_most_assets(seed: int) -> None:
    session = minute(seed)
    counts = [crosses(session.closes(symbol, 120), after=60, band=REAL_CROSS) for symbol in SYMBOLS]
    assert sum(counts) >= 35
    assert sum(count >= 2 for count in counts) >= 8


@pytest.mark.parametrize("seed", range(10))
def test_a_quiet_market_never_crosses(seed: int) -> None:
    session = Session(seed=seed, quiet=True).run(60.0)
    assert all(crosses(session.closes(symbol, 120), after=60, band=0.0) == 0 for symbol in SYMBOLS)
    assert len(session.trades) > 100


def test_books_are_two_sided_deep_and_never_crossed(lively: Session) -> None:
    for symbol in lively.exchange.symbols():
        bids, asks = (lively.exchange.levels(symbol, side, 20) for side in (Side.BUY, Side.SELL))
        assert len(bids) >= 4
        assert len(asks) >= 4
        assert bids[0][0] < asks[0][0]


def test_prices_stay_within_a_few_basis_points_of_fair_value(lively: Session) -> None:
    for symbol in lively.exchange.symbols():
        bid, ask = lively.exchange.best(symbol)
        assert bid is not None
        assert ask is not None
        fair = lively.population.fair(symbol, lively.now_ns)
        assert abs(float(bid + ask) / 2.0 / fair - 1.0) < 8e-4


def test_trading_is_heavier_while_the_price_moves(lively: Session) -> None:
    found = []
    for symbol in SYMBOLS:
        candles = lively.exchange.candles(symbol, "1s", limit=60)
        moves = [abs(float(after.close / before.close) - 1.0) for before, after in pairwise(candles)]
        found.append(correlation(moves, [float(candle.volume) for candle in candles[1:]]))
    assert fmean(found) > 0.2


def test_seeded_history_continues_into_the_live_market() -> None:
    session = Session(seed=2, assets=("BTC", "XRP"))
    before = {symbol: session.closes(symbol, 1)[0] for symbol in ("BTCUSDT", "XRPUSDT")}
    session.run(1.0)
    for symbol, close in before.items():
        assert len(session.exchange.candles(symbol, "1s", limit=500)) >= 60
        assert len(session.exchange.candles(symbol, "1m", limit=500)) >= 100
        bid, ask = session.exchange.best(symbol)
        assert bid is not None
        assert ask is not None
        assert abs(float(bid + ask) / 2.0 / close - 1.0) < 40e-4


def test_history_trades_about_as_much_as_the_live_market(lively: Session) -> None:
    ratios = []
    for symbol in SYMBOLS:
        volumes = [float(candle.volume) for candle in lively.exchange.candles(symbol, "1s", limit=500)]
        ratios.append(fmean(volumes[-60:]) / fmean(volumes[:-61]))
    assert 0.6 < fmean(ratios) < 1.6


def test_nothing_is_refused_in_a_usual_minute(lively: Session) -> None:
    assert not lively.population.refusals


def test_traders_survive_an_exchange_that_lost_their_orders() -> None:
    session = Session(seed=1, assets=("BTC",)).run(1.0)
    session.exchange.cancel_all("simulated-maker", "BTCUSDT")
    session.run(2.0)
    assert session.population.refusals["UNKNOWN_ORDER"] > 0
    assert None not in session.exchange.best("BTCUSDT")


@pytest.mark.parametrize(
    ("quote", "rates"), [("USDT", {"USDCUSDT"}), ("USDC", {"USDTUSDC"}), ("USD", {"USDTUSD", "USDCUSD"})]
)
def test_every_quote_has_the_rates_of_the_other_stablecoins(quote: str, rates: set[str]) -> None:
    symbols = {market.symbol for market in spot_markets(("BTC",), quote)}
    assert symbols == {f"BTC{quote}"} | rates


def test_a_stablecoin_rate_stays_at_one(lively: Session) -> None:
    assert all(abs(close - 1.0) < 0.001 for close in lively.closes("USDCUSDT", 500))


def test_an_unknown_asset_is_named() -> None:
    with pytest.raises(ValueError, match="was DODO"):
        spot_markets(("BTC", "DODO"))


def test_the_table_of_markets_is_exact_to_eight_decimals() -> None:
    for market in spot_markets([*DEFAULT_ASSETS, "DOT", "BCH"]):
        assert -int((market.tick * market.lot).normalize().as_tuple().exponent) <= 8
        assert asset(market.base).price % market.tick == 0
