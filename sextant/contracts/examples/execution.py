"""Examples of an order's life and of its fills."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.examples.values import (
    BTC,
    DECISION_ID,
    FILL_ID,
    INTENT_ID,
    ORDER_ID,
    PORTFOLIO,
    VENUE_ORDER_ID,
    Example,
    at,
    decimal,
    instant,
)
from sextant.contracts.execution.v1 import execution_pb2

_Event = execution_pb2.OrderEvent


def orders() -> Mapping[str, Example]:
    """Return examples of execution.orders.v1: one order's life, and what else may become of one."""
    return {
        "pending": Example(ORDER_ID, pending()),
        "open": Example(ORDER_ID, _after(pending(), 2, execution_pb2.ORDER_STATE_OPEN, "0")),
        "partially-filled": Example(
            ORDER_ID, _after(pending(), 3, execution_pb2.ORDER_STATE_PARTIALLY_FILLED, "0.01000")
        ),
        "filled": Example(ORDER_ID, filled()),
        "unknown": Example(ORDER_ID, _unknown()),
        "rejected": Example(ORDER_ID, _ended(execution_pb2.ORDER_STATE_REJECTED, "insufficient balance")),
        "not-sent": Example(ORDER_ID, _ended(execution_pb2.ORDER_STATE_NOT_SENT, "approval expired")),
        "operators-market-order": Example("sxflat0000000000ab", _operators()),
    }


def fills() -> Mapping[str, Example]:
    """Return examples of execution.fills.v1."""
    rebate = fill()
    rebate.fill_id, rebate.is_maker = "alpha-main/BTCUSDT/9022", True
    rebate.side, rebate.commission.value = values_pb2.SIDE_SELL, "-0.10000006"
    free = fill()
    free.fill_id = "alpha-main/BTCUSDT/9023"
    free.ClearField("commission")
    free.ClearField("commission_asset")
    return {
        "taker": Example(FILL_ID, fill()),
        "maker-rebate": Example(rebate.fill_id, rebate),
        "without-commission": Example(free.fill_id, free),
    }


def pending() -> _Event:
    """Return the order as it enters the journal."""
    return _Event(
        client_order_id=ORDER_ID,
        revision=1,
        portfolio=PORTFOLIO,
        venue_account="alpha-main",
        instrument=BTC,
        side=values_pb2.SIDE_BUY,
        quantity=decimal("0.02380"),
        limit_price=decimal("42042.50"),
        filled_quantity=decimal("0"),
        state=execution_pb2.ORDER_STATE_PENDING,
        intent_id=INTENT_ID,
        decision_id=DECISION_ID,
        change_time=instant(at(150)),
        writer_epoch=7,
        gate_time_ns=at(151),
        reserved_notional=decimal("1001.6123"),
    )


def filled() -> _Event:
    """Return the order's end."""
    return _after(pending(), 2, execution_pb2.ORDER_STATE_FILLED, "0.02380")


def fill() -> execution_pb2.Fill:
    """Return the story's fill."""
    return execution_pb2.Fill(
        fill_id=FILL_ID,
        client_order_id=ORDER_ID,
        portfolio=PORTFOLIO,
        venue_account="alpha-main",
        instrument=BTC,
        side=values_pb2.SIDE_BUY,
        quantity=decimal("0.02380"),
        price=decimal("42000.50"),
        commission=decimal("0.99961190"),
        commission_asset="USDT",
        exchange_time=instant(at(160)),
        receive_time=instant(at(165)),
    )


def _after(event: _Event, revision: int, state: execution_pb2.OrderState, done: str) -> _Event:
    event.revision, event.state, event.filled_quantity.value = revision, state, done
    event.venue_order_id = VENUE_ORDER_ID
    event.change_time.CopyFrom(instant(at(165)))
    event.exchange_time.CopyFrom(instant(at(160)))
    return event


def _unknown() -> _Event:
    event = pending()
    event.revision, event.state, event.reason = 2, execution_pb2.ORDER_STATE_UNKNOWN, "TimeoutError"
    event.change_time.CopyFrom(instant(at(5_150)))
    return event


def _ended(state: execution_pb2.OrderState, reason: str) -> _Event:
    event = pending()
    event.revision, event.state, event.reason = 2, state, reason
    return event


def _operators() -> _Event:
    """Return a closing order of FLAT ALL: no intent, no decision, no limit price."""
    event = pending()
    event.client_order_id, event.is_reduce_only = "sxflat0000000000ab", True
    for name in ("limit_price", "intent_id", "decision_id", "reserved_notional", "gate_time_ns"):
        event.ClearField(name)
    event.side = values_pb2.SIDE_SELL
    return event
