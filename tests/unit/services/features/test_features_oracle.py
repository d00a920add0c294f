"""Incremental features equal their definitions over the whole history."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.features.domain.bars import Bar
from services.features.domain.catalogue import Periods, catalogue
from services.features.domain.feature_set import DAY_NS, FeatureSet

SECOND = 1_000_000_000
PERIODS = Periods(ema=(5, 20), rsi=14, volatility=30)
START = DAY_NS - 40 * SECOND  # the session changes on the way
Floats = npt.NDArray[np.float64]

closes_strategy = st.lists(st.floats(min_value=0.01, max_value=1e6), min_size=1, max_size=90)
volumes_strategy = st.floats(min_value=0.0, max_value=1e6)


def bars_of(closes: list[float], volumes: list[float]) -> list[Bar]:
    return [
        Bar(START + index * SECOND, close, close, close, close, volume, close * volume, 1)
        for index, (close, volume) in enumerate(zip(closes, volumes, strict=True))
    ]


def ema_of(closes: Floats, period: int) -> float:
    value = float(closes[:period].mean())
    for close in closes[period:]:
        value = value * (1 - 2 / (period + 1)) + close * 2 / (period + 1)
    return value


def rsi_of(closes: Floats, period: int) -> float:
    changes = np.diff(closes)
    gains, losses = np.maximum(changes, 0), np.maximum(-changes, 0)
    gain, loss = float(gains[:period].mean()), float(losses[:period].mean())
    for up, down in zip(gains[period:], losses[period:], strict=True):
        gain, loss = (gain * (period - 1) + up) / period, (loss * (period - 1) + down) / period
    if gain == 0 and loss == 0:
        return 50.0
    return 100.0 if loss == 0 else 100 - 100 / (1 + gain / loss)


def oracle(bars: list[Bar]) -> dict[str, float]:
    """Return every feature of trades after the last bar, from the definitions."""
    closes = np.array([bar.close for bar in bars])
    volumes = np.array([bar.volume for bar in bars])
    turnovers = closes * volumes
    returns = np.diff(np.log(closes))
    today = np.array([bar.open_ns // DAY_NS == bars[-1].open_ns // DAY_NS for bar in bars])
    expected: dict[str, float] = {}
    for period in PERIODS.ema:
        if len(closes) >= period:
            expected[f"ema_{period}"] = ema_of(closes, period)
    if len(closes) > 14:
        expected["rsi_14"] = rsi_of(closes, 14)
    if volumes[today].sum() > 0:
        expected["vwap"] = float(turnovers[today].sum() / volumes[today].sum())
    if len(closes) >= 30 and volumes[-30:].sum() > 0:
        expected["vwap_30"] = float(turnovers[-30:].sum() / volumes[-30:].sum())
    if len(closes) >= 20:
        expected["volume_sma_20"] = float(volumes[-20:].mean())
    for count in (1, 20):
        if len(closes) > count:
            expected[f"log_return_{count}"] = math.log(closes[-1] / closes[-1 - count])
    if len(returns) >= 30:
        expected["realised_volatility"] = float(np.sqrt((returns[-30:] ** 2).mean() * 365 * 86_400))
    return expected


@settings(deadline=None)
@given(closes_strategy, st.data())
def test_incremental_features_equal_their_definitions(closes: list[float], data: st.DataObject) -> None:
    volumes = data.draw(st.lists(volumes_strategy, min_size=len(closes), max_size=len(closes)))
    bars = bars_of(closes, volumes)
    features = FeatureSet.of(PERIODS, SECOND)
    for bar in bars:
        features.update(bar)
    got, expected = features.values(), oracle(bars)
    assert got.keys() == expected.keys()
    scale = max(closes)
    for name, value in expected.items():
        # Prices are compared against the largest price: an average of large and small ones has the rounding of the large.
        bound = 1e-9 * (scale if name.startswith("ema") else 100.0 if name.startswith("rsi") else 1.0)
        if name.startswith("rsi"):
            bound = max(bound, 1e-9 * 100 * scale / max(np.abs(np.diff(closes)).max(), 1e-300))
        assert got[name] == pytest.approx(value, rel=1e-9, abs=bound), name


@given(st.floats(min_value=1e-6, max_value=1e6), st.integers(61, 120))
def test_a_market_that_does_not_move_has_exact_features(price: float, count: int) -> None:
    features = FeatureSet.of(PERIODS, SECOND)
    for bar in bars_of([price] * count, [0.0] * count):
        features.update(bar)
    values = features.values()
    assert values["ema_5"] == values["ema_20"] == price
    assert values["rsi_14"] == 50.0
    assert values["realised_volatility"] == 0.0
    assert "vwap_30" not in values


def test_every_feature_of_trades_is_there_after_the_warm_up_and_is_in_the_catalogue() -> None:
    features = FeatureSet.of(PERIODS, SECOND)
    bars = bars_of([100.0 + index % 7 for index in range(PERIODS.warm_up)], [1.0] * PERIODS.warm_up)
    names = {feature.name for feature in catalogue(PERIODS)} - {"book_imbalance", "spread_bp"}
    for bar in bars[:-1]:
        features.update(bar)
    assert features.values().keys() < names
    features.update(bars[-1])
    assert features.values().keys() == names
