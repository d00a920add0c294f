"""Orders on Binance's spot wire: parameters out, replies and user stream events in. Plain functions, no I/O.

Source: the venue's documents "Trading endpoints", "User data streams" and "Errors", as of 2026.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from sextant.core.decimals import parse_decimal, to_text
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Side
from sextant.core.time import MILLISECOND
from sextant.venues.port import Balance, OrderReport, TimeInForce, VenueFill, VenueOrder, VenueStatus

Json = Mapping[str, Any]

_STATUS: Final = {
    "NEW": VenueStatus.OPEN,
    "PENDING_NEW": VenueStatus.OPEN,
    "PENDING_CANCEL": VenueStatus.OPEN,
    "PARTIALLY_FILLED": VenueStatus.PARTIALLY_FILLED,
    "FILLED": VenueStatus.FILLED,
    "CANCELED": VenueStatus.CANCELLED,
    "EXPIRED": VenueStatus.CANCELLED,
    "EXPIRED_IN_MATCH": VenueStatus.CANCELLED,
    "REJECTED": VenueStatus.REJECTED,
}
#: The venue itself does not know whether it took effect, or says nothing about it.
_UNKNOWN_CODES: Final = frozenset({-1000, -1001, -1003, -1006, -1007, -1015, -1034})
_NOT_TAKEN: Final = -1008
_ENGINE_REJECT: Final = -2010
_CANCEL_REJECT: Final = -2011
_NO_SUCH_ORDER: Final = -2013


class Verdict(Enum):
    """What an error answer means for the thing that was asked."""

    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_KNOWN = "not known"


def judge_error(status: int, code: int, message: str) -> Verdict:
    """Return what an error answer means. No venue states that a rate limit proves that nothing was created."""
    if code == _NOT_TAKEN:
        return Verdict.REFUSED
    if code in (_NO_SUCH_ORDER, _CANCEL_REJECT):
        return Verdict.NOT_KNOWN
    if code in _UNKNOWN_CODES or status >= 500 or status in (403, 418, 429) or not -9999 <= code <= -1000:
        return Verdict.UNKNOWN
    if code == _ENGINE_REJECT and "duplicate" in message.lower():
        return Verdict.UNKNOWN  # an order with this id is open: perhaps ours, whose reply was lost
    return Verdict.REFUSED


def order_parameters(order: VenueOrder) -> dict[str, str]:
    """Return the parameters of order.place without key, time and signature."""
    parameters = {
        "symbol": order.symbol,
        "side": order.side.name,
        "type": "LIMIT",
        "quantity": to_text(order.quantity),
        "newClientOrderId": order.client_order_id,
        "newOrderRespType": "FULL",
    }
    if order.limit_price is None:
        return {**parameters, "type": "MARKET"}
    parameters["price"] = to_text(order.limit_price)
    if order.time_in_force is TimeInForce.POST_ONLY:
        return {**parameters, "type": "LIMIT_MAKER"}
    return {**parameters, "timeInForce": order.time_in_force.name}


def parse_order(reply: Json, *, client_order_id: str = "") -> OrderReport:
    """Return the report of a reply about an order: placed (FULL), queried, cancelled or listed.

    A cancel's reply names its own id; the order's is then `origClientOrderId`. Raises InvalidValue.
    """
    try:
        own = client_order_id or reply.get("origClientOrderId") or reply["clientOrderId"]
        time_ms = reply.get("updateTime") or reply.get("transactTime") or reply.get("time") or 0
        symbol, side, order_id = reply["symbol"], Side[reply["side"]], str(reply["orderId"])
        # What fills within the reply to its own placement took liquidity.
        fills = tuple(
            VenueFill(
                symbol=symbol,
                trade_id=str(fill["tradeId"]),
                venue_order_id=order_id,
                client_order_id=own,
                side=side,
                quantity=_number(fill, "qty"),
                price=_number(fill, "price"),
                commission=_number(fill, "commission"),
                commission_asset=fill["commissionAsset"],
                is_maker=False,
                exchange_time_ns=int(time_ms) * MILLISECOND,
            )
            for fill in reply.get("fills", ())
        )
        return OrderReport(
            client_order_id=own,
            venue_order_id=order_id,
            symbol=symbol,
            status=_status(reply["status"]),
            filled_quantity=_number(reply, "executedQty"),
            exchange_time_ns=int(time_ms) * MILLISECOND,
            reason=_reason(reply["status"], reply.get("expiryReason", "")),
            fills=fills,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable("order reply", error) from error


def parse_execution_report(event: Json) -> OrderReport:
    """Return the report of an `executionReport` of the user stream. Raises InvalidValue."""
    try:
        # `C` is the order's own id where `c` is the id of the request that changed it (a cancel).
        own, order_id = event.get("C") or event["c"], str(event["i"])
        time_ns = int(event["T"]) * MILLISECOND
        fills: tuple[VenueFill, ...] = ()
        if event["x"] == "TRADE":
            fill = VenueFill(
                symbol=event["s"],
                trade_id=str(event["t"]),
                venue_order_id=order_id,
                client_order_id=own,
                side=Side[event["S"]],
                quantity=_number(event, "l"),
                price=_number(event, "L"),
                commission=_number(event, "n"),
                commission_asset=event["N"] or "",
                is_maker=bool(event["m"]),
                exchange_time_ns=time_ns,
            )
            fills = (fill,)
        refusal = event.get("r", "NONE")
        return OrderReport(
            client_order_id=own,
            venue_order_id=order_id,
            symbol=event["s"],
            status=_status(event["X"]),
            filled_quantity=_number(event, "z"),
            exchange_time_ns=time_ns,
            reason=_reason(event["X"], event.get("eR") or ("" if refusal == "NONE" else refusal)),
            fills=fills,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable("executionReport", error) from error


def parse_trade(trade: Json, client_order_id: str) -> VenueFill:
    """Return the fill of a row of myTrades, which does not say the client id. Raises InvalidValue."""
    try:
        return VenueFill(
            symbol=trade["symbol"],
            trade_id=str(trade["id"]),
            venue_order_id=str(trade["orderId"]),
            client_order_id=client_order_id,
            side=Side.BUY if trade["isBuyer"] else Side.SELL,
            quantity=_number(trade, "qty"),
            price=_number(trade, "price"),
            commission=_number(trade, "commission"),
            commission_asset=trade["commissionAsset"],
            is_maker=bool(trade["isMaker"]),
            exchange_time_ns=int(trade["time"]) * MILLISECOND,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable("myTrades row", error) from error


def parse_balances(reply: Json) -> dict[str, Balance]:
    """Return what an account holds, assets without anything left out. Raises InvalidValue."""
    try:
        rows: Sequence[Json] = reply["balances"]
        held = {row["asset"]: Balance(_number(row, "free"), _number(row, "locked")) for row in rows}
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable("account reply", error) from error
    return {asset: balance for asset, balance in held.items() if balance.total}


def _number(row: Json, name: str) -> Decimal:
    return parse_decimal(row[name], field=name)


def _status(text: str) -> VenueStatus:
    if text not in _STATUS:
        raise InvalidValue("status", str(text), f"one of {', '.join(_STATUS)}")
    return _STATUS[text]


def _reason(status: str, detail: str) -> str:
    if status in ("EXPIRED", "EXPIRED_IN_MATCH", "REJECTED", "CANCELED"):
        return detail or status
    return ""


def _unreadable(what: str, error: Exception) -> InvalidValue:
    if isinstance(error, InvalidValue):
        return error
    return InvalidValue(what, f"{type(error).__name__} {error}", "the documented fields")
