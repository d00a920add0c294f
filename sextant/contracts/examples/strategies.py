"""Examples of what strategies think and what a portfolio then wants."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.examples.validated import good_fix
from sextant.contracts.examples.values import (
    BTC,
    INTENT_ID,
    PORTFOLIO,
    SIGNAL_ID,
    START,
    Example,
    at,
    position,
)
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.core.time import SECOND


def external() -> Mapping[str, Example]:
    """Return examples of strategies.external.v1."""
    return {"buy": Example(BTC, _external(0.8)), "close": Example(BTC, _external(0.0))}


def signals() -> Mapping[str, Example]:
    """Return examples of strategies.signals.v1."""
    close = buy()
    close.signal_id = "0c1f2ab85d7e4c6f8f0a9be3d4c5a6b7"
    close.side, close.strength, close.expected_edge_bp = values_pb2.SIDE_SELL, 0.0, 0.0
    close.evidence.clear()
    return {"buy": Example(BTC, buy()), "close": Example(BTC, close)}


def intents() -> Mapping[str, Example]:
    """Return examples of strategies.intents.v1."""
    return {
        "take": Example(PORTFOLIO, take()),
        "reduce-without-fix": Example(PORTFOLIO, reduce_only()),
        "unknown-portfolio": Example("gone", _unknown_portfolio()),
    }


def buy() -> signals_pb2.Signal:
    """Return the story's signal."""
    return signals_pb2.Signal(
        signal_id=SIGNAL_ID,
        strategy="ema-cross",
        strategy_version="1",
        instrument=BTC,
        side=values_pb2.SIDE_BUY,
        strength=1.0,
        horizon_ns=20 * SECOND,
        expected_edge_bp=24.0,
        expected_cost_bp=11.0,
        evidence={"ema_5": 42_000.1, "ema_20": 41_998.7, "volume_ratio": 1.4},
        event_time_ns=START,
        valid_until_ns=START + 2 * SECOND,
        fix=good_fix(),
        bid=42_000.1,
        ask=42_000.5,
        verdict=validated_pb2.VENUE_VERDICT_VALID,
    )


def take() -> intents_pb2.Intent:
    """Return the story's intent."""
    return intents_pb2.Intent(
        intent_id=INTENT_ID,
        portfolio=PORTFOLIO,
        instrument=BTC,
        side=values_pb2.SIDE_BUY,
        strength=1.0,
        urgency=intents_pb2.URGENCY_TAKE,
        confidence=1.0,
        votes=[
            intents_pb2.Vote(
                signal_id=SIGNAL_ID,
                position=position("strategies.signals.v1", 0, 0),
                strategy="ema-cross",
                side=values_pb2.SIDE_BUY,
                strength=1.0,
                weight=1.0,
            )
        ],
        reference_price=42_000.0,
        bid=42_000.1,
        ask=42_000.5,
        fix=good_fix(),
        verdict=validated_pb2.VENUE_VERDICT_VALID,
        event_time_ns=START,
        valid_until_ns=START + 2 * SECOND,
    )


def reduce_only() -> intents_pb2.Intent:
    """Return an intent that closes without votes, fix or a valid venue: it must still be answered."""
    return intents_pb2.Intent(
        intent_id="77aa10c2e4f84f0b9d5c3b2a1f0e9d8c",
        portfolio=PORTFOLIO,
        instrument=BTC,
        side=values_pb2.SIDE_SELL,
        strength=1.0,
        is_reduce_only=True,
        urgency=intents_pb2.URGENCY_REST,
        verdict=validated_pb2.VENUE_VERDICT_STALE,
        event_time_ns=at(900),
        valid_until_ns=at(2_900),
    )


def _unknown_portfolio() -> intents_pb2.Intent:
    intent = take()
    intent.intent_id, intent.portfolio = "c2d3e4f5a6b7480c9d0e1f2a3b4c5d6e", "gone"
    return intent


def _external(strength: float) -> signals_pb2.ExternalSignal:
    return signals_pb2.ExternalSignal(
        sender="desk-7",
        sender_id="2026-01-01-0001",
        instrument=BTC,
        side=values_pb2.SIDE_BUY,
        strength=strength,
        receive_time_ns=at(50),
        valid_until_ns=at(5_050),
    )
