"""Examples of what triangulation states."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.contracts.examples.market import all_channels, status_only
from sextant.contracts.examples.values import BTC, Example, at, position
from sextant.contracts.market.v1 import events_pb2, validated_pb2


def validated() -> Mapping[str, Example]:
    """Return examples of market.validated.v1."""
    before = _validated(
        status_only(), validated_pb2.Verdict(instrument=BTC, verdict=validated_pb2.VENUE_VERDICT_BOOK_INVALID)
    )
    return {
        "good-fix": Example("BTC", _validated(all_channels(), _verdict(BTC, 42_000.3, 0.7), good_fix())),
        "degraded-fix": Example("BTC", _validated(all_channels(), _verdict(BTC, 42_000.3, 0.7), _degraded())),
        "before-the-first-fix": Example("BTC", before),
    }


def anomalies() -> Mapping[str, Example]:
    """Return examples of market.anomalies.v1."""
    return {
        "outlier": Example("BTC", _anomaly("beta:BTC/USDT", validated_pb2.VENUE_VERDICT_OUTLIER, 0.81)),
        "recovered": Example("BTC", _anomaly(BTC, validated_pb2.VENUE_VERDICT_VALID, 1.0)),
    }


def good_fix() -> validated_pb2.Fix:
    """Return the fix that the story's order stands on."""
    return validated_pb2.Fix(
        asset="BTC",
        currency="USD",
        price=42_000.0,
        deviation_bp=0.8,
        venues=3,
        quality=validated_pb2.FIX_QUALITY_GOOD,
        event_time_ns=at(130),
        number=77,
        verdicts=[
            _verdict(BTC, 42_000.3, 0.7),
            _verdict("beta:BTC/USDT", 41_998.2, -0.4),
            _verdict("gamma:BTC/USDT", 42_000.0, 0.0),
        ],
    )


def _degraded() -> validated_pb2.Fix:
    return validated_pb2.Fix(
        asset="BTC",
        currency="USD",
        price=42_000.3,
        venues=1,
        quality=validated_pb2.FIX_QUALITY_DEGRADED,
        event_time_ns=at(130),
        number=78,
    )


def _validated(
    batch: events_pb2.EventBatch, verdict: validated_pb2.Verdict, fix: validated_pb2.Fix | None = None
) -> validated_pb2.ValidatedBatch:
    return validated_pb2.ValidatedBatch(
        batch=batch.SerializeToString(deterministic=True),
        instrument=batch.instrument,
        event_time_ns=batch.event_time_ns,
        fix=fix,
        verdict=verdict,
    )


def _verdict(instrument: str, mid: float, distance_bp: float) -> validated_pb2.Verdict:
    return validated_pb2.Verdict(
        instrument=instrument,
        verdict=validated_pb2.VENUE_VERDICT_VALID,
        mid=mid,
        distance_bp=distance_bp,
        age_ns=20_000_000,
    )


def _anomaly(instrument: str, verdict: int, confidence: float) -> validated_pb2.Anomaly:
    return validated_pb2.Anomaly(
        instrument=instrument,
        verdict=verdict,  # type: ignore[arg-type]  # the stubs know enum values as integers here
        detail="81.0 bp from the fix, bound 50.0 bp"
        if confidence < 1
        else "mid 42000.3, 0.7 bp from the fix",
        confidence=confidence,
        event_time_ns=at(130),
        position=position("market.events.v1", 0, 1_204),
    )
