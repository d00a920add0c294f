"""The stage's state as bytes: canonical JSON, money as text; equal states give equal bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from services.risk.domain.book import Book, Halts
from services.risk.domain.reservations import FillAt, Reservation
from sextant.core.decimals import to_text
from sextant.core.instruments import Side


@dataclass(slots=True)
class State:
    """Everything that one partition of risk remembers."""

    books: dict[str, Book] = field(default_factory=dict)
    halts: Halts = field(default_factory=Halts)
    newest_event_ns: int = 0
    refused_commands: int = 0


def dump(state: State) -> bytes:
    """Return the state's bytes."""
    document = {
        "books": {name: _book(book) for name, book in state.books.items()},
        "halted": state.halts.halted_by,
        "commands": state.halts.newest_ns,
        "event": state.newest_event_ns,
        "refused": state.refused_commands,
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def load(data: bytes) -> State:
    """Return what dump() wrote."""
    document = json.loads(data)
    books = {name: _load_book(row) for name, row in document["books"].items()}
    halts = Halts(document["halted"], document["commands"])
    return State(books, halts, document["event"], document["refused"])


def _book(book: Book) -> dict[str, Any]:
    orders = {name: _order(order) for name, order in book.reservations.orders.items()}
    return {
        "orders": orders,
        "settled": book.reservations.settled_elsewhere,
        "version": book.newest_version,
        "trial": [book.trial_epoch, book.trials_used],
    }


def _load_book(row: dict[str, Any]) -> Book:
    book = Book(newest_version=row["version"], trial_epoch=row["trial"][0], trials_used=row["trial"][1])
    book.reservations.orders = {name: _load_order(order) for name, order in row["orders"].items()}
    book.reservations.settled_elsewhere = row["settled"]
    return book


def _order(order: Reservation) -> list[Any]:
    return [
        order.account,
        order.instrument,
        order.side.value,
        to_text(order.quantity),
        to_text(order.price),
        order.is_known,
        order.is_ours,
        order.is_final,
        to_text(order.filled),
        order.revision,
        {name: [at.partition, at.offset, to_text(at.quantity)] for name, at in order.unbooked.items()},
        {name: to_text(quantity) for name, quantity in order.booked.items()},
    ]


def _load_order(row: list[Any]) -> Reservation:
    account, instrument, side, quantity, price, is_known, is_ours, is_final, filled, revision, *fills = row
    unbooked, booked = fills
    return Reservation(
        account,
        instrument,
        Side(side),
        Decimal(quantity),
        Decimal(price),
        is_known,
        is_ours,
        is_final,
        Decimal(filled),
        revision,
        {name: FillAt(at[0], at[1], Decimal(at[2])) for name, at in unbooked.items()},
        {name: Decimal(text) for name, text in booked.items()},
    )
