"""Between the venue port's values and the domain's events."""

from __future__ import annotations

from typing import Final

from services.execution.domain import events
from services.execution.domain.order import Fill, State, Terms
from sextant.venues.port import (
    Accepted,
    NotKnown,
    OrderReport,
    OutcomeUnknown,
    Rejected,
    TimeInForce,
    VenueFill,
    VenueOrder,
    VenueStatus,
)

_STATES: Final = {
    VenueStatus.OPEN: State.OPEN,
    VenueStatus.PARTIALLY_FILLED: State.PARTIALLY_FILLED,
    VenueStatus.FILLED: State.FILLED,
    VenueStatus.CANCELLED: State.CANCELLED,
    VenueStatus.REJECTED: State.REJECTED,
}


def venue_order(terms: Terms) -> VenueOrder:
    """Return the order as the venue port takes it."""
    return VenueOrder(
        client_order_id=terms.client_order_id,
        symbol=terms.symbol,
        side=terms.side,
        quantity=terms.quantity,
        limit_price=terms.limit_price,
        time_in_force=TimeInForce(terms.time_in_force),
    )


def reported(report: OrderReport, venue_account: str) -> events.Reported:
    """Return what a venue's report says of the order."""
    return events.Reported(
        status=_STATES[report.status],
        filled=report.filled_quantity,
        venue_order_id=report.venue_order_id,
        reason=report.reason,
        exchange_time_ns=report.exchange_time_ns,
        fills=tuple(fill_of(fill, venue_account) for fill in report.fills),
    )


def fill_of(fill: VenueFill, venue_account: str) -> Fill:
    """Return the keyed fact: the id is the same however often and by whatever way the venue tells it."""
    return Fill(
        fill_id=f"{venue_account}/{fill.symbol}/{fill.trade_id}",
        quantity=fill.quantity,
        price=fill.price,
        commission=fill.commission,
        commission_asset=fill.commission_asset,
        is_maker=fill.is_maker,
        exchange_time_ns=fill.exchange_time_ns,
    )


def submit_event(
    outcome: Accepted | Rejected | OutcomeUnknown, venue_account: str, now_ns: int
) -> events.Event:
    """Return what the outcome of a submit means. `now_ns` is monotonic."""
    match outcome:
        case Accepted(report):
            return reported(report, venue_account)
        case Rejected(_, code, reason):
            return events.Refused(f"{code} {reason}".strip())
        case OutcomeUnknown(_, cause):
            return events.Lost(now_ns, cause)


def query_event(
    outcome: OrderReport | NotKnown | OutcomeUnknown, venue_account: str, now_ns: int
) -> events.Event:
    """Return what the answer to a query means. `now_ns` is monotonic."""
    match outcome:
        case OrderReport():
            return reported(outcome, venue_account)
        case NotKnown():
            return events.NotKnown(now_ns)
        case OutcomeUnknown(_, cause):
            return events.NoAnswer(cause)
