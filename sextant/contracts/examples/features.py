"""Examples of what features computes."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.contracts.examples.validated import good_fix
from sextant.contracts.examples.values import BTC, START, Example, at
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.time import SECOND


def candles() -> Mapping[str, Example]:
    """Return examples of features.candles.v1."""
    return {
        "traded": Example(BTC, _candle(volume=1.5, trades=12)),
        "nothing-traded": Example(BTC, _candle(volume=0.0, trades=0)),
        "from-history": Example(BTC, _candle(volume=1.5, trades=0, from_history=True)),
    }


def vectors() -> Mapping[str, Example]:
    """Return examples of features.vectors.v1."""
    return {
        "live": Example(BTC, live()),
        "warm-up": Example(BTC, _warm_up()),
        "book-invalid": Example(BTC, _book_invalid()),
    }


def parameters() -> Mapping[str, Example]:
    """Return examples of risk.parameters.v1."""
    return {
        "calm": Example(BTC, _parameters(1.0, 1.0, 0.35)),
        "storm": Example(BTC, _parameters(0.0, 3.5, 2.4)),
        "delisted": Example("alpha:LUNA/USDT", None),
    }


def live() -> features_pb2.FeatureVector:
    """Return the vector that the story's signal came from."""
    return features_pb2.FeatureVector(
        instrument=BTC,
        horizon_ns=SECOND,
        event_time_ns=START,
        candle=_candle(volume=1.5, trades=12),
        values={
            "ema_5": 42_000.1,
            "ema_20": 41_998.7,
            "rsi_14": 61.5,
            "vwap": 41_999.4,
            "book_imbalance": -0.17,
            "realised_volatility": 0.41,
        },
        fix=good_fix(),
        verdict=good_fix().verdicts[0],
        bid=42_000.1,
        ask=42_000.5,
        newest_event_time_ns=at(130),
    )


def _warm_up() -> features_pb2.FeatureVector:
    """Return a vector of the first candle of the history: no value yet, no fix, no book."""
    candle = _candle(volume=1.5, trades=0, from_history=True)
    return features_pb2.FeatureVector(
        instrument=BTC,
        horizon_ns=SECOND,
        event_time_ns=START,
        candle=candle,
        newest_event_time_ns=START,
        is_warm_up=True,
    )


def _book_invalid() -> features_pb2.FeatureVector:
    vector = live()
    del vector.values["book_imbalance"]
    vector.bid = vector.ask = 0.0
    vector.verdict.verdict = validated_pb2.VENUE_VERDICT_BOOK_INVALID
    vector.fix.quality = validated_pb2.FIX_QUALITY_DEGRADED
    return vector


def _candle(*, volume: float, trades: int, from_history: bool = False) -> features_pb2.Candle:
    return features_pb2.Candle(
        instrument=BTC,
        open_time_ns=START - SECOND,
        interval_ns=SECOND,
        open=41_999.0,
        high=42_000.2,
        low=41_998.9,
        close=42_000.1,
        volume=volume,
        trades=trades,
        from_history=from_history,
    )


def _parameters(size: float, stop: float, volatility: float) -> risk_pb2.Parameters:
    return risk_pb2.Parameters(
        instrument=BTC,
        size_multiplier=size,
        stop_multiplier=stop,
        volatility=volatility,
        event_time_ns=START,
    )
