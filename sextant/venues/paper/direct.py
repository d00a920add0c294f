"""The paper exchange as a venue inside the process: for fused runs, replay and backtests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sextant.venues.paper.exchange import PaperExchange
from sextant.venues.paper.rules import PaperRefusal
from sextant.venues.port import Accepted, OrderReport, Rejected, VenueOrder


class DirectPaper:
    """A `DirectVenue`. Its market comes through `market()`."""

    def __init__(self, exchange: PaperExchange) -> None:
        self.exchange = exchange
        self._reports: list[OrderReport] = []

    def market(self, batch: Any) -> None:
        """Take a batch (the mirror's EventBatch) of an instrument's market."""
        self._reports.extend(self.exchange.apply(batch))

    def submit(self, order: VenueOrder) -> Accepted | Rejected:
        """Match the order now."""
        try:
            return Accepted(self.exchange.place(order))
        except PaperRefusal as refusal:
            return Rejected(order.client_order_id, refusal.code, refusal.detail)

    def cancel(self, symbol: str, client_order_id: str) -> OrderReport | None:
        """Cancel an open order; None when it is not open."""
        return self.exchange.cancel(client_order_id)

    def take_reports(self) -> Sequence[OrderReport]:
        """Return what the market did to resting orders since the last call."""
        reports, self._reports = self._reports, []
        return reports
