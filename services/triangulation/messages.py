"""Builds the messages that triangulation publishes from what its domain states."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.triangulation.domain.values import Change, Fix, Statement, Verdict
from sextant.bus.port import Position
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.core.vocabulary import Judgement

_MILLISECOND = 1e6
_GOOD, _DEGRADED = validated_pb2.FIX_QUALITY_GOOD, validated_pb2.FIX_QUALITY_DEGRADED
#: Fields of a message inside another: copied in where it lies, instead of made as a message of its own and copied whole.
_Fields = dict[str, Any]


def validated(
    raw: bytes, event_time_ns: int, statement: Statement, asset: str, currency: str
) -> validated_pb2.ValidatedBatch:
    """Return the untouched batch with the verdict on its venue and the current fix."""
    taken = statement.fix
    return validated_pb2.ValidatedBatch(
        batch=raw,
        instrument=statement.own.instrument,
        event_time_ns=event_time_ns,
        verdict=_verdict(statement.own),
        fix=_fix(taken, statement.verdicts, asset, currency) if taken else None,
    )


def _fix(taken: Fix, verdicts: Iterable[Verdict], asset: str, currency: str) -> _Fields:
    return {
        "asset": asset,
        "currency": currency,
        "price": taken.price,
        "deviation_bp": taken.deviation_bp,
        "venues": taken.venues,
        "quality": _GOOD if taken.is_good else _DEGRADED,
        "event_time_ns": taken.event_time_ns,
        "number": taken.number,
        "verdicts": [_verdict(verdict) for verdict in verdicts],
    }


def anomaly(change: Change, event_time_ns: int, position: Position, fresh_ns: int) -> validated_pb2.Anomaly:
    """Return a change of judgement in words, with the numbers."""
    verdict = change.verdict
    return validated_pb2.Anomaly(
        instrument=verdict.instrument,
        verdict=_wire(verdict.judgement),
        detail=f"{change.before.name} to {verdict.judgement.name}: {_detail(change, fresh_ns)}",
        confidence=_confidence(change, fresh_ns),
        event_time_ns=event_time_ns,
        position=values_pb2.Position(
            topic=position.topic, partition=position.partition, offset=position.offset
        ),
    )


def _verdict(verdict: Verdict) -> _Fields:
    return {
        "instrument": verdict.instrument,
        "verdict": _wire(verdict.judgement),
        "mid": verdict.mid,
        "distance_bp": verdict.distance_bp,
        "age_ns": verdict.age_ns,
    }


def _wire(judgement: Judgement) -> validated_pb2.VenueVerdict:
    return int(judgement)  # type: ignore[return-value]  # the domain's values equal the wire's, as a test asserts


def _detail(change: Change, fresh_ns: int) -> str:
    verdict = change.verdict
    age_ms, fresh_ms = verdict.age_ns / _MILLISECOND, fresh_ns / _MILLISECOND
    match verdict.judgement:
        case Judgement.STALE:
            return f"newest quote is {age_ms:.0f} ms old, bound {fresh_ms:.0f} ms"
        case Judgement.OUTLIER:
            return f"{verdict.distance_bp:.1f} bp from the fix, bound {change.limit_bp:.1f} bp"
        case Judgement.BOOK_INVALID:
            return "the book is not whole, one-sided or crossed"
        case Judgement.NO_RATE:
            return "no rate from its quote asset to the currency of the fix"
        case _:
            return f"mid {verdict.mid:.8g}, {verdict.distance_bp:.1f} bp from the fix, {age_ms:.0f} ms old"


def _confidence(change: Change, fresh_ns: int) -> float:
    """Return 0.5 at the bound that was crossed and 1 from twice the bound; what is a fact rather than an estimate is 1."""
    verdict = change.verdict
    if verdict.judgement is Judgement.STALE:
        return min(verdict.age_ns / (2.0 * fresh_ns), 1.0)
    if verdict.judgement is Judgement.OUTLIER:
        return min(abs(verdict.distance_bp) / (2.0 * change.limit_bp), 1.0)
    return 1.0
