"""Between the wire's messages and the domain's values."""

from __future__ import annotations

import math
from typing import Final

from services.risk.domain.reservations import FillAt, FillSeen, OrderSeen
from services.risk.domain.values import (
    Approved,
    Breaker,
    Decision,
    Finding,
    Fix,
    Held,
    Intent,
    Portfolio,
    Urgency,
)
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.contracts.values import decimal_of, enum_of, wire
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Side
from sextant.core.vocabulary import BreakerState

FILLS: Final = "execution.fills.v1"
_ALIVE: Final = (
    execution_pb2.ORDER_STATE_PENDING,
    execution_pb2.ORDER_STATE_OPEN,
    execution_pb2.ORDER_STATE_PARTIALLY_FILLED,
    execution_pb2.ORDER_STATE_UNKNOWN,
)
_FINAL: Final = (
    execution_pb2.ORDER_STATE_FILLED,
    execution_pb2.ORDER_STATE_CANCELLED,
    execution_pb2.ORDER_STATE_REJECTED,
    execution_pb2.ORDER_STATE_NOT_SENT,
)


def intent_of(message: intents_pb2.Intent) -> Intent:
    """Raises InvalidValue for an unknown side or urgency, or a strength that is not a number."""
    return Intent(
        intent_id=message.intent_id,
        portfolio=message.portfolio,
        instrument=message.instrument,
        side=enum_of(Side, message.side, "intent.side"),
        strength=_finite(message.strength, "intent.strength"),
        is_reduce_only=message.is_reduce_only,
        urgency=enum_of(Urgency, message.urgency, "intent.urgency"),
        bid=message.bid,
        ask=message.ask,
        fix=_fix(message.fix) if message.HasField("fix") else None,
        is_verdict_valid=message.verdict == validated_pb2.VENUE_VERDICT_VALID,
        verdict=_verdict_name(message.verdict),
        event_time_ns=message.event_time_ns,
        valid_until_ns=message.valid_until_ns,
    )


def portfolio_of(message: ledger_pb2.Portfolio) -> Portfolio:
    """Raises InvalidValue for an amount that cannot be read."""
    return Portfolio(
        version=message.version,
        balances={
            (each.venue_account, each.asset): decimal_of(each.amount, "balance") for each in message.balances
        },
        positions={each.instrument: _held(each) for each in message.positions},
        applied={each.partition: each.offset for each in message.applied if each.topic == FILLS},
    )


def breaker_of(message: risk_pb2.Breaker) -> Breaker:
    """Raises InvalidValue for an unknown state."""
    return Breaker(message.scope, enum_of(BreakerState, message.state, "breaker.state"), message.epoch)


def order_of(message: execution_pb2.OrderEvent) -> OrderSeen:
    """Raises InvalidValue for an unknown state or side, or an amount that cannot be read."""
    if message.state not in _ALIVE and message.state not in _FINAL:
        raise InvalidValue("order.state", str(message.state), "a state that this version knows")
    return OrderSeen(
        client_order_id=message.client_order_id,
        revision=message.revision,
        account=message.venue_account,
        instrument=message.instrument,
        side=enum_of(Side, message.side, "order.side"),
        quantity=decimal_of(message.quantity, "order.quantity"),
        limit_price=decimal_of(message.limit_price, "order.limit_price"),
        filled=decimal_of(message.filled_quantity, "order.filled_quantity"),
        is_final=message.state in _FINAL,
    )


def fill_of(message: execution_pb2.Fill, partition: int, offset: int) -> FillSeen:
    """Raises InvalidValue for an unknown side or an amount that cannot be read."""
    return FillSeen(
        fill_id=message.fill_id,
        client_order_id=message.client_order_id,
        account=message.venue_account,
        instrument=message.instrument,
        side=enum_of(Side, message.side, "fill.side"),
        price=decimal_of(message.price, "fill.price"),
        at=FillAt(partition, offset, decimal_of(message.quantity, "fill.quantity")),
    )


def decision_message(intent: intents_pb2.Intent, decision: Decision) -> risk_pb2.Decision:
    """Return the answer with the whole intent inside."""
    message = risk_pb2.Decision(
        intent=intent,
        checks=[_check(each) for each in decision.findings],
        breaker_epoch=decision.breaker_epoch,
        event_time_ns=intent.event_time_ns,
    )
    if isinstance(decision.outcome, Approved):
        message.approved.CopyFrom(_approved(decision.outcome))
    else:
        refused = decision.outcome
        message.refused.code = refused.code.value  # type: ignore[assignment]  # our codes have the wire's values
        message.refused.limit, message.refused.value = refused.limit, refused.value
    return message


def _approved(approved: Approved) -> risk_pb2.Approved:
    return risk_pb2.Approved(
        client_order_id=approved.client_order_id,
        venue_account=approved.venue_account,
        quantity=wire(approved.terms.quantity),
        limit_price=wire(approved.terms.limit_price),
        time_in_force=approved.terms.time_in_force.value,  # type: ignore[arg-type]  # ours have the wire's values
        valid_until_ns=approved.valid_until_ns,
        reserved_notional=wire(approved.reserved_notional),
    )


def _check(finding: Finding) -> risk_pb2.CheckResult:
    return risk_pb2.CheckResult(
        check=finding.check, is_passed=finding.refusal is None, limit=finding.limit, value=finding.value
    )


def _fix(message: validated_pb2.Fix) -> Fix:
    is_good = message.quality == validated_pb2.FIX_QUALITY_GOOD
    return Fix(message.currency, message.price, message.venues, is_good, message.event_time_ns)


def _held(message: ledger_pb2.InstrumentPosition) -> Held:
    price = message.mark_price if _is_price(message.mark_price) else message.entry_price
    quantity = decimal_of(message.quantity, f"position of {message.instrument}")
    return Held(quantity, price if _is_price(price) else 0.0)


def _is_price(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _verdict_name(verdict: int) -> str:
    known = validated_pb2.VenueVerdict.values()
    name = validated_pb2.VenueVerdict.Name(verdict) if verdict in known else str(verdict)
    return name.removeprefix("VENUE_VERDICT_")


def _finite(value: float, field: str) -> float:
    if not math.isfinite(value):
        raise InvalidValue(field, str(value), "a finite number")
    return value
