"""Builds the messages that features publishes."""

from __future__ import annotations

from services.features.domain.bars import Bar
from services.features.domain.risk import Sizing, multipliers
from services.features.domain.series import Closed, Series
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.risk.v1 import risk_pb2


def candle(instrument: str, bar: Bar, bar_ns: int) -> features_pb2.Candle:
    """Return a closed bar."""
    return features_pb2.Candle(
        instrument=instrument,
        open_time_ns=bar.open_ns,
        interval_ns=bar_ns,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
        trades=bar.trades,
        from_history=bar.is_history,
    )


def vector(
    validated: validated_pb2.ValidatedBatch,
    series: Series,
    closed: Closed,
    said: features_pb2.Candle,
    verdicts: validated_pb2.Fix | None,
) -> features_pb2.FeatureVector:
    """Return the features at the close of a bar.

    History knows no fix, no verdict and no book. A book that triangulation calls invalid gives no values, no bid and no ask.
    `verdicts` is the newest fix that listed all verdicts: triangulation repeats them at most ten times a second.
    """
    message = features_pb2.FeatureVector(
        instrument=said.instrument,
        horizon_ns=said.interval_ns,
        event_time_ns=said.open_time_ns + said.interval_ns,
        candle=said,
        values=closed.values,
        newest_event_time_ns=series.now_ns,
        is_warm_up=closed.bar.is_history,
    )
    if closed.bar.is_history:
        return message
    _stand_on(message, validated, verdicts)
    top = series.top
    if validated.verdict.verdict != validated_pb2.VENUE_VERDICT_BOOK_INVALID and top.is_sound:
        message.bid, message.ask = top.bid, top.ask
        message.values.update(top.values())
    return message


def parameters(instrument: str, volatility: float, sizing: Sizing, event_time_ns: int) -> risk_pb2.Parameters:
    """Return what risk multiplies sizes and stops with."""
    by = multipliers(volatility, sizing)
    return risk_pb2.Parameters(
        instrument=instrument,
        size_multiplier=by.size,
        stop_multiplier=by.stop,
        volatility=volatility,
        event_time_ns=event_time_ns,
    )


def _stand_on(
    message: features_pb2.FeatureVector,
    validated: validated_pb2.ValidatedBatch,
    verdicts: validated_pb2.Fix | None,
) -> None:
    message.verdict.CopyFrom(validated.verdict)
    if validated.HasField("fix"):
        message.fix.CopyFrom(validated.fix)
        if verdicts is not None and not validated.fix.verdicts:
            message.fix.verdicts.extend(verdicts.verdicts)
