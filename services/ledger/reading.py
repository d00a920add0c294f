"""What the records of the ledger's inputs ask for: one place for the service and the fused line."""

from __future__ import annotations

from typing import Final

from services.ledger.domain.entries import fill_entry
from services.ledger.messages import fill_of
from services.ledger.store import Booking
from sextant.runtime.stage import Input

ORDERS: Final = "execution.orders.v1"
FILLS: Final = "execution.fills.v1"
VECTORS: Final = "features.vectors.v1"


def booking_of(record: Input) -> Booking | None:
    """Return what a fill books; None for an order, of which only the offset counts. Raises InvalidValue for a fill that cannot be booked."""
    if record.position.topic != FILLS:
        return None
    fill = fill_of(record.value)
    return Booking(fill_entry(fill), fill, record.lineage.raw, record.trace, record.position)
