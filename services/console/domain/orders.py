"""Orders by state: each order's newest state while it works, a count of those that have ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from services.console.domain.once import Once

UNKNOWN: Final = "UNKNOWN"
#: As the wire names them, without their prefix, in the order in which an order goes through them.
STATES: Final = (
    *("PENDING", "OPEN", "PARTIALLY_FILLED", UNKNOWN),
    *("FILLED", "CANCELLED", "REJECTED", "NOT_SENT"),
)
FINAL: Final = frozenset({"FILLED", "CANCELLED", "REJECTED", "NOT_SENT"})


@dataclass(frozen=True, slots=True)
class Order:
    """One order at one revision. Quantities and price as the wire writes them; price empty for a market order."""

    order_id: str
    revision: int
    state: str
    instrument: str
    side: str
    quantity: str
    filled: str
    price: str
    changed_ns: int
    portfolio: str = ""
    reason: str = ""


class OrderBoard:
    """The newest state of every order; what ended is only counted."""

    def __init__(self) -> None:
        self._working: dict[str, Order] = {}
        self._ended: Counter[str] = Counter()
        self._closed = Once()

    def apply(self, order: Order) -> bool:
        """Take an event; return whether it changes anything: one that is older than what is known, or known already, does not."""
        known = self._working.get(order.order_id)
        if order.order_id in self._closed or (known is not None and known.revision >= order.revision):
            return False
        if order.state in FINAL:
            self._working.pop(order.order_id, None)
            self._closed.is_new(order.order_id)
            self._ended[order.state] += 1
        else:
            self._working[order.order_id] = order
        return True

    def counts(self) -> dict[str, int]:
        """Return the number of orders in each state, states without orders included."""
        counts = dict.fromkeys(STATES, 0) | dict(self._ended)
        for order in self._working.values():
            counts[order.state] = counts.get(order.state, 0) + 1
        return counts

    def working(self) -> list[Order]:
        """Return the orders that have not ended: UNKNOWN first, then the oldest."""
        return sorted(
            self._working.values(),
            key=lambda order: (order.state != UNKNOWN, order.changed_ns, order.order_id),
        )
