"""The order venue port over the paper exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from sextant.core.decimals import ZERO
from sextant.venues.paper.exchange import PaperExchange, PaperRefusal
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


class PaperVenue:
    """One paper account. Its market comes through `market()`; an order of an earlier process ended with that process."""

    def __init__(self, exchange: PaperExchange) -> None:
        self.exchange = exchange
        self._events: asyncio.Queue[StreamEvent] = asyncio.Queue()

    def market(self, batch: Any) -> None:
        """Take a batch (the mirror's EventBatch) of an instrument's market."""
        for report in self.exchange.apply(batch):
            self._events.put_nowait(report)

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
        """Return the order; one that is not known belonged to an earlier process and ended with it."""
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
        """Return fills of this process."""
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
