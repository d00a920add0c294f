"""The reference strategy: crosses on volume, nothing else."""

from __future__ import annotations

import pytest

from services.strategies.plugins.ema_cross import EmaCross, Memory, Parameters
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.sdk import PluginInvalid, Side, Signal, VectorView
from sextant.sdk.plugins import Plugins

SECOND = 1_000_000_000


def vector(fast: float, slow: float, volume: float = 10.0, close: float | None = None) -> VectorView:
    message = features_pb2.FeatureVector(
        instrument="alpha:BTC/USDT",
        horizon_ns=SECOND,
        event_time_ns=7 * SECOND,
        candle=features_pb2.Candle(close=close or fast, volume=volume),
        values={"ema_5": fast, "ema_20": slow, "realised_volatility": 0.5},
        bid=99.99,
        ask=100.01,
        verdict=validated_pb2.Verdict(verdict=validated_pb2.VENUE_VERDICT_VALID),
    )
    return VectorView.of(message)


def said(*vectors: VectorView, parameters: Parameters | None = None) -> list[Signal | None]:
    strategy, memory = EmaCross(parameters or Parameters(volume_bars=2)), Memory()
    return [strategy.on_vector(one, memory) for one in vectors]


BELOW, ABOVE = vector(99.9, 100.0), vector(100.1, 100.0, 20.0)
SOLD = vector(99.9, 100.0, 90.0)


def test_it_buys_on_a_cross_up_and_sells_on_a_cross_down_each_once() -> None:
    signals = said(BELOW, BELOW, ABOVE, ABOVE, SOLD, SOLD)
    assert [signal.side if signal else None for signal in signals] == [
        None,
        None,
        Side.BUY,
        None,
        Side.SELL,
        None,
    ]


def test_a_signal_carries_what_led_to_it() -> None:
    signal = said(BELOW, BELOW, ABOVE)[-1]
    assert signal
    assert signal.strength == pytest.approx(1.0)
    assert signal.horizon_ns == 20 * SECOND
    assert signal.valid_for_ns == 2 * SECOND
    assert signal.expected_edge_bp == pytest.approx(10.0)
    assert signal.expected_cost_bp == pytest.approx(11.0)
    assert signal.evidence["gap_bp"] == pytest.approx(10.0)
    assert (signal.evidence["volume"], signal.evidence["mean_volume"]) == (20.0, 10.0)


def test_a_cross_without_volume_is_not_confirmed_and_not_taken_up_later() -> None:
    signals = said(BELOW, BELOW, vector(100.1, 100.0, 10.0), vector(100.1, 100.0, 99.0))
    assert signals == [None] * 4


def test_the_first_relation_and_too_little_history_say_nothing() -> None:
    assert said(ABOVE, ABOVE, ABOVE) == [None] * 3
    assert said(BELOW, ABOVE) == [None] * 2


def test_inside_the_minimum_gap_nothing_crosses() -> None:
    near = vector(100.0001, 100.0, 99.0)
    assert said(BELOW, BELOW, near, near, BELOW) == [None] * 5
    still = vector(100.0, 100.0, 99.0)
    assert said(still, still, still, parameters=Parameters(volume_bars=1, minimum_gap_bp=0.0)) == [None] * 3


def test_averages_that_are_warming_up_say_nothing() -> None:
    message = features_pb2.FeatureVector(instrument="alpha:BTC/USDT", values={"ema_5": 1.0})
    assert said(VectorView.of(message)) == [None]


def test_a_fast_average_that_is_not_faster_is_refused() -> None:
    with pytest.raises(
        PluginInvalid, match="parameter fast: expected fewer bars than slow, which is 20, was '20'"
    ):
        Plugins([EmaCross], []).make("ema-cross", {"fast": 20})
