"""Between the wire's messages and the domain's values."""

from __future__ import annotations

from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from services.execution.domain.gate import Breaker
from services.execution.domain.halts import Level, Word
from services.execution.domain.order import Fill, Order, Terms
from services.execution.journal import Context, Draft
from sextant.contracts.commands import is_genuine, sign
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.values import above_zero, enum_of, wire
from sextant.core.decimals import parse_decimal
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Side
from sextant.core.time import SECOND
from sextant.core.vocabulary import BreakerState

ORDERS: Final = "execution.orders.v1"
FILLS: Final = "execution.fills.v1"
_TIMES_IN_FORCE: Final = frozenset(risk_pb2.TimeInForce.values()) - {risk_pb2.TIME_IN_FORCE_UNSPECIFIED}
_LEVELS: Final[dict[int, Level]] = {
    control_pb2.COMMAND_KIND_FLAT_ALL: Level.FLAT,
    control_pb2.COMMAND_KIND_HALT: Level.HALTED,
    control_pb2.COMMAND_KIND_RESUME: Level.RUNNING,
}


def terms_of(decision: risk_pb2.Decision, symbol: str) -> Terms:
    """Return what an approved decision orders; `symbol` is the venue's own. Raises InvalidValue naming what cannot be read."""
    approved, intent = decision.approved, decision.intent
    if approved.time_in_force not in _TIMES_IN_FORCE:
        raise InvalidValue(
            "approved.time_in_force", str(approved.time_in_force), "one that this version knows"
        )
    has_price = approved.HasField("limit_price")
    return Terms(
        client_order_id=approved.client_order_id,
        portfolio=intent.portfolio,
        venue_account=approved.venue_account,
        instrument=intent.instrument,
        symbol=symbol,
        side=enum_of(Side, intent.side, "intent.side"),
        quantity=above_zero(approved.quantity, "approved.quantity"),
        limit_price=above_zero(approved.limit_price, "approved.limit_price") if has_price else None,
        time_in_force=approved.time_in_force,
        valid_until_ns=approved.valid_until_ns,
        is_reduce_only=intent.is_reduce_only,
        breaker_epoch=decision.breaker_epoch,
        intent_id=intent.intent_id,
        decision_id=decision.decision_id,
        reserved_notional=parse_decimal(
            approved.reserved_notional.value or "0", field="approved.reserved_notional"
        ),
    )


def order_draft(order: Order, context: Context, *, writer_epoch: int, now_ns: int) -> Draft:
    """Return the event that tells an order's present revision."""
    terms = order.terms
    event = execution_pb2.OrderEvent(
        client_order_id=terms.client_order_id,
        revision=order.revision,
        portfolio=terms.portfolio,
        venue_account=terms.venue_account,
        instrument=terms.instrument,
        side=terms.side.value,  # type: ignore[arg-type]  # our sides have the wire's values
        quantity=wire(terms.quantity),
        limit_price=None if terms.limit_price is None else wire(terms.limit_price),
        filled_quantity=wire(order.filled),
        state=order.state.value,  # type: ignore[arg-type]  # our states have the wire's values
        venue_order_id=order.venue_order_id,
        reason=order.reason,
        intent_id=terms.intent_id,
        decision_id=terms.decision_id,
        is_reduce_only=terms.is_reduce_only,
        change_time=_time(now_ns),
        exchange_time=_time(order.exchange_time_ns) if order.exchange_time_ns else None,
        writer_epoch=writer_epoch,
        gate_time_ns=order.gate_time_ns,
        reserved_notional=wire(terms.reserved_notional),
    )
    return Draft(
        ORDERS,
        terms.client_order_id,
        terms.portfolio,
        event.SerializeToString(),
        context.lineage,
        context.trace,
    )


def fill_draft(order: Order, fill: Fill, context: Context, *, trace: bytes, now_ns: int) -> Draft:
    """Return the fact that part of an order was executed."""
    terms = order.terms
    message = execution_pb2.Fill(
        fill_id=fill.fill_id,
        client_order_id=terms.client_order_id,
        portfolio=terms.portfolio,
        venue_account=terms.venue_account,
        instrument=terms.instrument,
        side=terms.side.value,  # type: ignore[arg-type]  # our sides have the wire's values
        quantity=wire(fill.quantity),
        price=wire(fill.price),
        commission=wire(fill.commission),
        commission_asset=fill.commission_asset,
        is_maker=fill.is_maker,
        exchange_time=_time(fill.exchange_time_ns),
        receive_time=_time(now_ns),
    )
    return Draft(FILLS, fill.fill_id, terms.portfolio, message.SerializeToString(), context.lineage, trace)


def order_of(draft: Draft) -> str:
    """Return the client order id that a draft is about."""
    if draft.topic == ORDERS:
        return draft.key
    return execution_pb2.Fill.FromString(draft.payload).client_order_id


def breaker_of(message: risk_pb2.Breaker) -> Breaker:
    """Raises InvalidValue for an unknown state."""
    return Breaker(enum_of(BreakerState, message.state, "breaker.state"), message.epoch)


def word_of(command: control_pb2.Command, key: bytes | None) -> Word | None:
    """Return what an operator's command says about halting; None when it is not signed by `key` or says something else."""
    if command.kind not in _LEVELS or not is_genuine(command, key):
        return None
    return Word(
        command.command_id,
        command.scope,
        _LEVELS[command.kind],
        command.command_time.ToNanoseconds(),
        command.arguments.get("reason", "") or f"{command.operator}",
        command.operator,
        is_public=True,
    )


def command_of(word: Word, key: bytes) -> control_pb2.Command:
    """Return a word as the signed command that everybody else hears."""
    kinds = {level: kind for kind, level in _LEVELS.items()}
    command = control_pb2.Command(
        command_id=word.command_id,
        operator=word.operator,
        kind=kinds[word.level],  # type: ignore[arg-type]  # the wire's number
        scope=word.scope,
        arguments={"reason": word.reason} if word.reason else {},
        command_time=_time(word.time_ns),
    )
    return sign(command, key)


def _time(ns: int) -> Timestamp:
    return Timestamp(seconds=ns // SECOND, nanos=ns % SECOND)
