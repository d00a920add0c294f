"""The order venue port over the paper exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from sextant.core.decimals import ZERO
from sextant.venues.paper.exchange import PaperExchange
from sextant.venues.paper.rules import PaperRefusal
from sextant.venues.port import (
    Accepted,
    Balance,
    Connected,
    NotKnown,
    OrderReport,
    OutcomeUnknown,
    Rejected,
    StreamEvent,
    VenueFill,
    VenueOrder,
    VenueStatus,
)

#: Reports that wait to be read; a reader that is further behind is told to compare the account instead.
MOST_WAITING: Final = 10_000


class PaperVenue:
    """One paper account. Its market comes through `market()`.

    It keeps nothing on a disk: after a restart `restore()` gives it back what the journal holds, so balances and resting orders are
    what they were. What the journal does not hold did not happen: a fill that was not written yet, an order whose answer was not
    (asked for, it is CANCELLED), and what paper orders took from the levels of the book.
    """

    def __init__(self, exchange: PaperExchange) -> None:
        self.exchange = exchange
        self._events: asyncio.Queue[StreamEvent] = asyncio.Queue(MOST_WAITING)

    def market(self, batch: Any) -> None:
        """Take a batch (the mirror's EventBatch) of an instrument's market."""
        for report in self.exchange.apply(batch):
            if self._events.full():
                self._events = asyncio.Queue(MOST_WAITING)
                self._events.put_nowait(Connected())
            self._events.put_nowait(report)

    @property
    def waiting(self) -> int:
        """How many reports wait to be read, at most `MOST_WAITING`."""
        return self._events.qsize()

    def restore(self, fills: Sequence[VenueFill], resting: Sequence[VenueOrder]) -> None:
        """Become what the account was: every fill since its opening, oldest first, and the orders that are open."""
        self.exchange.restore(fills, resting)

    async def submit(self, order: VenueOrder) -> Accepted | Rejected | OutcomeUnknown:
        """Match the order now."""
        try:
            return Accepted(self.exchange.place(order))
        except PaperRefusal as refusal:
            if refusal.code == "DUPLICATE":
                return OutcomeUnknown(order.client_order_id, str(refusal))
            return Rejected(order.client_order_id, refusal.code, refusal.detail)

    async def cancel(self, symbol: str, client_order_id: str) -> Accepted | NotKnown | OutcomeUnknown:
        """Cancel an open order."""
        report = self.exchange.cancel(client_order_id)
        return NotKnown(client_order_id) if report is None else Accepted(report)

    async def query(self, symbol: str, client_order_id: str) -> OrderReport | NotKnown | OutcomeUnknown:
        """Return the order; one that is not known was placed by an earlier process, whose journal does not say that it was taken."""
        report = self.exchange.query(client_order_id)
        if report is not None:
            return report
        return OrderReport(
            client_order_id=client_order_id,
            venue_order_id=f"paper-{client_order_id}",
            symbol=symbol,
            status=VenueStatus.CANCELLED,
            filled_quantity=ZERO,
            exchange_time_ns=self.exchange.time_ns,
            reason="the paper venue that held it has ended",
        )

    async def open_orders(self) -> Sequence[OrderReport]:
        """Return every open order."""
        return self.exchange.open_orders()

    async def trades_since(self, symbol: str, since_ns: int) -> Sequence[VenueFill]:
        """Return fills of this process, and those of orders that were restored."""
        return self.exchange.fills(symbol, since_ns)

    async def balances(self) -> Mapping[str, Balance]:
        """Return what the account holds on paper."""
        return self.exchange.balances()

    async def reports(self) -> AsyncIterator[StreamEvent]:
        """Yield what the market does to resting orders; paper never disconnects."""
        yield Connected()
        while True:
            yield await self._events.get()

    async def close(self) -> None:
        """Nothing is open."""
