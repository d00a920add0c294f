"""Between the journal's rows and its values."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from services.execution.adapters import sql
from services.execution.domain.order import FINAL, Fill, Order, Phase, State, Terms
from services.execution.journal import Context, Draft, Entry, KnownFill, Writer
from sextant.core.decimals import ZERO
from sextant.core.instruments import Side


def addressed(writer: Writer, drafts: Sequence[Draft]) -> tuple[Any, ...]:
    """Return the parameters of the fence and the events: $1 to $8 of both writes."""
    return (
        writer.portfolio,
        writer.epoch,
        writer.partition,
        [draft.topic for draft in drafts],
        [draft.key for draft in drafts],
        [draft.payload for draft in drafts],
        [draft.lineage for draft in drafts],
        [draft.trace for draft in drafts],
    )


def entries(first: int, drafts: Sequence[Draft]) -> list[Entry]:
    """Return the drafts with the places that the journal gave them."""
    return [Entry(first + number, draft) for number, draft in enumerate(drafts)]


def terms_row(terms: Terms) -> tuple[Any, ...]:
    """Return the values of the columns `sql.TERMS`."""
    values = {name: getattr(terms, name) for name in sql.TERMS}
    return tuple({**values, "side": terms.side.value}.values())


def progress_row(order: Order, writer: Writer) -> tuple[Any, ...]:
    """Return the values of the columns `sql.PROGRESS`."""
    return (
        order.state.value,
        order.state in FINAL and order.is_settled,
        order.revision,
        order.reported_filled,
        None if order.ended is None else order.ended.value,
        order.is_acknowledged,
        order.venue_order_id,
        order.reason,
        order.exchange_time_ns,
        order.gate_time_ns,
        writer.epoch,
    )


def fill_columns(fills: Sequence[Fill]) -> tuple[list[Any], ...]:
    """Return fills column by column."""
    return (
        [fill.fill_id for fill in fills],
        [fill.quantity for fill in fills],
        [fill.price for fill in fills],
        [fill.commission for fill in fills],
        [fill.commission_asset for fill in fills],
        [fill.is_maker for fill in fills],
        [fill.exchange_time_ns for fill in fills],
    )


def order_of(row: Any) -> tuple[Order, Context]:
    """Return an order as its row and its fills tell it."""
    terms = Terms(**{name: row[name] for name in sql.TERMS if name != "side"}, side=Side(row["side"]))
    fills: dict[str, Decimal] = dict(zip(row["fill_ids"], row["fill_quantities"], strict=True))
    state = State(row["state"])
    order = Order(
        terms=terms,
        state=state,
        # The journal does not say whether the venue was called: it may have been.
        phase=Phase.DONE if state in FINAL else (Phase.LIVE if row["is_acknowledged"] else Phase.CALLING),
        revision=row["revision"],
        fills=fills,
        filled=sum(fills.values(), start=ZERO),
        reported_filled=row["reported_filled"],
        ended=None if row["ended"] is None else State(row["ended"]),
        is_acknowledged=row["is_acknowledged"],
        venue_order_id=row["venue_order_id"],
        reason=row["reason"],
        exchange_time_ns=row["exchange_time_ns"],
        gate_time_ns=row["gate_time_ns"],
    )
    return order, Context(row["decision"], row["identity"], row["lineage"], row["trace"])


def known_fill(row: Any) -> KnownFill:
    """Return a fill as its row tells it."""
    fill = Fill(
        fill_id=row["fill_id"],
        quantity=row["quantity"],
        price=row["price"],
        commission=row["commission"],
        commission_asset=row["commission_asset"],
        is_maker=row["is_maker"],
        exchange_time_ns=row["exchange_time_ns"],
    )
    return KnownFill(row["client_order_id"], row["symbol"], row["side"], fill)
