"""What a portfolio has on the way: approvals, orders and fills that the ledger has not booked yet.

An order counts with what may still reach the ledger: its whole quantity while it may be filled (UNKNOWN included), what was
filled once it is final, less the fills that the ledger has booked. It is forgotten when it is final and nothing is left. An
approval of which no order event ever comes stays reserved: only execution's word or reconciliation ends it, never time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sextant.core.decimals import ZERO
from sextant.core.instruments import Side

#: Settled orders of others that are remembered: far more than intents can be under way when a worker dies.
REMEMBERED: Final = 1_000


@dataclass(frozen=True, slots=True)
class FillAt:
    """A fill and where it lies in the fills topic."""

    partition: int
    offset: int
    quantity: Decimal


@dataclass(slots=True)
class Reservation:
    """One order. `price` zero is an order without a limit; `is_known` is false while only fills of it were seen, `is_ours` until it is approved here."""

    account: str
    instrument: str
    side: Side
    quantity: Decimal = ZERO
    price: Decimal = ZERO
    is_known: bool = False
    is_ours: bool = False
    is_final: bool = False
    filled: Decimal = ZERO
    revision: int = 0
    #: Fills that the ledger has not booked, by fill id.
    unbooked: dict[str, FillAt] = field(default_factory=dict)
    #: Fills that the ledger has booked, by fill id: a fill told twice counts once.
    booked: dict[str, Decimal] = field(default_factory=dict)

    @property
    def pending(self) -> Decimal:
        """Quantity that may still change the ledger's position, at least zero."""
        booked = sum(self.booked.values(), ZERO)
        seen = booked + sum((fill.quantity for fill in self.unbooked.values()), ZERO)
        return max(self.filled if self.is_final else self.quantity, seen) - booked

    @property
    def is_in_flight(self) -> bool:
        return self.is_known and not self.is_final

    @property
    def is_settled(self) -> bool:
        return self.is_final and self.pending == 0


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """A change of state of an order, as execution told it."""

    client_order_id: str
    revision: int
    account: str
    instrument: str
    side: Side
    quantity: Decimal
    limit_price: Decimal
    filled: Decimal
    is_final: bool


@dataclass(frozen=True, slots=True)
class FillSeen:
    """A fill, as execution told it."""

    fill_id: str
    client_order_id: str
    account: str
    instrument: str
    side: Side
    price: Decimal
    at: FillAt


class Reservations:
    """The orders of one portfolio by client order id.

    A worker that dies between an approval and its commit reads the order's whole life from the side before it approves the
    intent again. So orders that settle without an approval of ours are remembered, and approving one of them reserves nothing.
    """

    def __init__(self) -> None:
        self.orders: dict[str, Reservation] = {}
        self.settled_elsewhere: list[str] = []

    def reserve(
        self,
        client_order_id: str,
        account: str,
        instrument: str,
        side: Side,
        quantity: Decimal,
        price: Decimal,
    ) -> None:
        """Take what was approved; what execution has told about the order by then stays as it is."""
        if client_order_id in self.settled_elsewhere:
            self.settled_elsewhere.remove(client_order_id)
            return
        order = self.orders.setdefault(client_order_id, Reservation(account, instrument, side))
        order.is_ours = True
        if not order.is_known:
            order.quantity, order.price, order.is_known = quantity, price, True

    def on_order(self, seen: OrderSeen) -> None:
        """Take an order's newest state; older revisions say nothing new."""
        order = self.orders.get(seen.client_order_id)
        if order is None:
            order = self.orders[seen.client_order_id] = Reservation(seen.account, seen.instrument, seen.side)
        if seen.revision <= order.revision:
            return
        order.quantity, order.price = seen.quantity, seen.limit_price or order.price
        order.is_known, order.is_final = True, seen.is_final
        order.filled, order.revision = seen.filled, seen.revision
        self._forget(seen.client_order_id)

    def on_fill(self, seen: FillSeen) -> None:
        """Take a fill; told twice it counts once. Whether the ledger has booked it, on_booked() says."""
        order = self.orders.get(seen.client_order_id)
        if order is None:
            order = Reservation(seen.account, seen.instrument, seen.side, price=seen.price)
            self.orders[seen.client_order_id] = order
        if seen.fill_id not in order.booked:
            order.unbooked.setdefault(seen.fill_id, seen.at)

    def on_booked(self, applied: Mapping[int, int]) -> None:
        """Take the newest fills offset that the ledger has booked, by partition: those fills are in its positions now."""
        for client_order_id in tuple(self.orders):
            order = self.orders[client_order_id]
            for fill_id, fill in tuple(order.unbooked.items()):
                if applied.get(fill.partition, -1) >= fill.offset:
                    order.booked[fill_id] = order.unbooked.pop(fill_id).quantity
            self._forget(client_order_id)

    def pending(self, instrument: str, side: Side) -> Decimal:
        """Return the quantity of one side of an instrument that may still change the ledger's position."""
        return sum(
            (o.pending for o in self.orders.values() if o.instrument == instrument and o.side is side), ZERO
        )

    def in_flight(self) -> int:
        """Return how many orders may still be filled."""
        return sum(order.is_in_flight for order in self.orders.values())

    def alive(self) -> Iterator[Reservation]:
        """Yield the orders that still weigh."""
        return (order for order in self.orders.values() if order.pending > 0)

    def _forget(self, client_order_id: str) -> None:
        order = self.orders[client_order_id]
        if not order.is_settled:
            return
        del self.orders[client_order_id]
        if not order.is_ours:
            self.settled_elsewhere = [*self.settled_elsewhere, client_order_id][-REMEMBERED:]
