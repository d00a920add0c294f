"""Examples of risk's answers and of breakers."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.contracts.examples.strategies import reduce_only, take
from sextant.contracts.examples.values import (
    DECISION_ID,
    ORDER_ID,
    PORTFOLIO,
    Example,
    at,
    decimal,
    instant,
)
from sextant.contracts.risk.v1 import risk_pb2

_SCOPE = f"portfolio/{PORTFOLIO}"


def decisions() -> Mapping[str, Example]:
    """Return examples of risk.decisions.v1."""
    return {
        "approved": Example(PORTFOLIO, approved()),
        "refused": Example(PORTFOLIO, _refused()),
        "refused-before-any-check": Example("gone", _unknown_portfolio()),
    }


def breakers() -> Mapping[str, Example]:
    """Return examples of risk.breakers.v1."""
    return {
        "closed": Example("global", _breaker("global", risk_pb2.BREAKER_STATE_CLOSED, "", 1)),
        "open": Example(
            _SCOPE, _breaker(_SCOPE, risk_pb2.BREAKER_STATE_OPEN, "daily loss 2000.01 above 2000", 2)
        ),
        "half-open": Example(_SCOPE, _breaker(_SCOPE, risk_pb2.BREAKER_STATE_HALF_OPEN, "RESUME by anna", 3)),
        "portfolio-gone": Example("portfolio/gone", None),
    }


def approved() -> risk_pb2.Decision:
    """Return the story's decision."""
    return risk_pb2.Decision(
        decision_id=DECISION_ID,
        intent=take(),
        approved=risk_pb2.Approved(
            client_order_id=ORDER_ID,
            venue_account="alpha-main",
            quantity=decimal("0.02380"),
            limit_price=decimal("42042.50"),
            time_in_force=risk_pb2.TIME_IN_FORCE_IOC,
            valid_until_ns=at(2_000),
            reserved_notional=decimal("1001.6123"),
        ),
        checks=[
            risk_pb2.CheckResult(check="staleness", is_passed=True, limit="2000 ms", value="12 ms"),
            risk_pb2.CheckResult(check="notional", is_passed=True, limit="5000 USDT", value="1000.6115 USDT"),
        ],
        breaker_epoch=1,
        event_time_ns=at(0),
    )


def _refused() -> risk_pb2.Decision:
    return risk_pb2.Decision(
        decision_id="9e0f1a2b3c4d4e5f8a6b7c8d9e0f1a2b",
        intent=reduce_only(),
        refused=risk_pb2.Refused(
            code=risk_pb2.REFUSAL_CODE_NOTHING_TO_REDUCE, limit="a position above 0", value="0"
        ),
        checks=[
            risk_pb2.CheckResult(check="breaker", is_passed=True, limit="CLOSED", value="CLOSED"),
            risk_pb2.CheckResult(check="position", is_passed=False, limit="a position above 0", value="0"),
        ],
        breaker_epoch=1,
        event_time_ns=at(900),
    )


def _unknown_portfolio() -> risk_pb2.Decision:
    intent = take()
    intent.portfolio = "gone"
    return risk_pb2.Decision(
        decision_id="1f2e3d4c5b6a47988f7e6d5c4b3a2910",
        intent=intent,
        refused=risk_pb2.Refused(
            code=risk_pb2.REFUSAL_CODE_PORTFOLIO, limit="a configured portfolio", value="gone"
        ),
        event_time_ns=at(0),
    )


def _breaker(scope: str, state: risk_pb2.BreakerState, cause: str, epoch: int) -> risk_pb2.Breaker:
    return risk_pb2.Breaker(scope=scope, state=state, cause=cause, epoch=epoch, state_time=instant(at(0)))
