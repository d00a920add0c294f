"""Strategies as a stage: who sees what, when nothing may be said, and that batching or a restore change nothing."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.strategies.bootstrap import strategies_stage
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.strategies.v1 import signals_pb2
from sextant.runtime.settings.platform import Platform
from sextant.sdk import PluginInvalid
from tests.support.stages import Run, make_inputs, run_split

SECOND = 1_000_000_000
NAME = "alpha:BTC/USDT"
VALID = validated_pb2.VENUE_VERDICT_VALID
EAGER = {"volume_bars": 1, "volume_factor": 0.5}


def platform(**strategies: dict[str, Any]) -> Platform:
    return Platform.model_validate(
        {
            "assets": ["BTC"],
            "venues": {
                "alpha": {"protocol": "binance-spot", "operator": "a", "rest_url": "x", "stream_url": "x"}
            },
            "strategies": {
                name.replace("_", "-"): {"plugin": "ema-cross", **one} for name, one in strategies.items()
            },
        }
    )


SPEC = strategies_stage(
    platform(
        everywhere={"parameters": EAGER},
        bitcoin={"parameters": EAGER, "instruments": ["*:BTC/*"]},
    )
)


def vector(at: int, gap: float, name: str = NAME, **changes: Any) -> tuple[str, features_pb2.FeatureVector]:
    fields: dict[str, Any] = {
        "instrument": name,
        "horizon_ns": SECOND,
        "event_time_ns": at * SECOND,
        "candle": features_pb2.Candle(instrument=name, close=100 + gap, volume=10.0),
        "values": {"ema_5": 100 + gap, "ema_20": 100.0},
        "fix": validated_pb2.Fix(asset="BTC", price=100.0, number=at),
        "verdict": validated_pb2.Verdict(instrument=name, verdict=VALID),
        "bid": 99.99,
        "ask": 100.01,
    }
    return name, features_pb2.FeatureVector(**{**fields, **changes})


def run(*vectors: tuple[str, features_pb2.FeatureVector]) -> Run:
    return run_split(SPEC, make_inputs("features.vectors.v1", vectors))


def signals(of: Run) -> list[signals_pb2.Signal]:
    return cast(list[signals_pb2.Signal], of.messages("strategies.signals.v1"))


def test_a_signal_stands_on_its_vector() -> None:
    done = run(vector(1, -1.0), vector(2, 1.0))
    signal = signals(done)[0]
    assert (signal.strategy, signal.strategy_version) == ("bitcoin", "1.0.0")
    assert signal.side == values_pb2.SIDE_BUY
    assert signal.instrument == NAME
    assert (signal.event_time_ns, signal.valid_until_ns) == (2 * SECOND, 4 * SECOND)
    assert (signal.bid, signal.ask, signal.fix.number, signal.verdict) == (99.99, 100.01, 2, VALID)
    assert signal.evidence["ema_slow"] == 100.0
    said = done.outputs[0]
    assert (said.key, said.partition_key, said.id_field) == (NAME, "BTC", "signal_id")


def test_strategies_see_the_instruments_of_their_patterns_in_the_order_of_their_names() -> None:
    other = "alpha:ETH/USDT"
    done = run(vector(1, -1.0), vector(1, -1.0, other), vector(2, 1.0), vector(2, 1.0, other))
    assert [(signal.strategy, signal.instrument) for signal in signals(done)] == [
        ("bitcoin", NAME),
        ("everywhere", NAME),
        ("everywhere", other),
    ]


def test_history_teaches_and_says_nothing() -> None:
    warm = [vector(1, -1.0, is_warm_up=True), vector(2, 1.0, is_warm_up=True)]
    assert signals(run(*warm)) == []
    assert {signal.side for signal in signals(run(*warm, vector(3, -1.0)))} == {values_pb2.SIDE_SELL}


@pytest.mark.parametrize(
    "broken",
    [
        {"verdict": validated_pb2.Verdict(verdict=validated_pb2.VENUE_VERDICT_BOOK_INVALID)},
        {"bid": 0.0, "ask": 0.0},
        {"bid": 100.02},
    ],
)
def test_nothing_is_said_from_a_broken_book(broken: dict[str, Any]) -> None:
    assert signals(run(vector(1, -1.0), vector(2, 1.0, **broken))) == []


def test_a_strategy_that_cannot_run_is_refused_at_start() -> None:
    with pytest.raises(
        PluginInvalid, match="plug-in ema-cross: expected a feature that the settings of features compute"
    ):
        strategies_stage(platform(odd={"parameters": {"fast": 6}}))
    with pytest.raises(PluginInvalid, match="plug-in nothing: expected one of"):
        strategies_stage(platform(odd={"plugin": "nothing"}))
    with pytest.raises(PluginInvalid, match="parameter speed: expected one of fast, slow"):
        strategies_stage(platform(odd={"parameters": {"speed": 6}}))


names = st.sampled_from([NAME, "alpha:ETH/USDT"])
gaps = st.floats(-1.0, 1.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(names, gaps, st.booleans()), max_size=25),
    st.sets(st.integers(0, 25)),
    st.sets(st.integers(0, 25), max_size=4),
)
def test_batching_and_restoring_change_nothing(
    said: list[tuple[str, float, bool]], splits: set[int], snapshot_points: set[int]
) -> None:
    vectors = [
        vector(at, gap, name, is_warm_up=is_warm_up) for at, (name, gap, is_warm_up) in enumerate(said)
    ]
    steps = make_inputs("features.vectors.v1", vectors)
    assert run_split(SPEC, steps, splits, snapshot_points) == run_split(SPEC, steps)
