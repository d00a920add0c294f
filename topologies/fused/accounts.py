"""Accounts at simulated exchanges of this process: orders out and reports back in the exchange's own messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from sextant.venues.binance.order_messages import order_parameters, parse_execution_report, parse_order
from sextant.venues.port import Accepted, OrderReport, Rejected, VenueOrder
from simulator.binance.errors import BinanceError
from simulator.binance.in_process import InProcessVenue

_ORDER: Final = "/api/v3/order"


class SimulatedAccount:
    """A `DirectVenue`: a call that raised changed nothing, so no outcome is ever unknown."""

    def __init__(self, name: str, venue: InProcessVenue) -> None:
        self.name, self._venue = name, venue
        self._reports: list[OrderReport] = []
        venue.open_user_stream(name, self._hear)

    def submit(self, order: VenueOrder) -> Accepted | Rejected:
        """Place an order."""
        own = order.client_order_id
        try:
            reply = self.ask("POST", _ORDER, order_parameters(order))
        except BinanceError as error:
            return Rejected(own, str(error.code), error.message)
        return Accepted(parse_order(reply, client_order_id=own))

    def cancel(self, symbol: str, client_order_id: str) -> OrderReport | None:
        """Cancel an open order; None when it is not open."""
        try:
            reply = self.ask("DELETE", _ORDER, {"symbol": symbol, "origClientOrderId": client_order_id})
        except BinanceError:
            return None
        return parse_order(reply, client_order_id=client_order_id)

    def take_reports(self) -> Sequence[OrderReport]:
        """Return what the account's stream said since the last call; what a reply said already is said here again."""
        reports, self._reports = self._reports, []
        return reports

    def ask(self, method: str, path: str, parameters: Mapping[str, str]) -> Any:
        """Return a decoded answer for the account. Raises BinanceError."""
        return msgspec.json.decode(self._venue.request(method, path, parameters, self.name))

    def _hear(self, event: Mapping[str, Any]) -> None:
        if event["e"] == "executionReport":
            self._reports.append(parse_execution_report(event))
