"""Spans of an order: one for the way from the decision to the call, one for the venue's reply, one for each fill."""

from __future__ import annotations

from services.execution.domain.order import Fill, Order, Terms
from services.execution.tools import Tools
from sextant.bus.port import Position
from sextant.runtime.lineage import Hop
from sextant.runtime.trace import child_span
from sextant.telemetry.span import Span

_STAGE = "execution"


class OrderTrace:
    """Makes spans under the decision's trace context; nothing where there is none."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def order(
        self, header: bytes, terms: Terms, in_ns: int, position: Position | None
    ) -> tuple[Span | None, bytes]:
        """Return the order's span, ended now, and the header under which everything about the order lies."""
        if not header:
            return None, b""
        hop = self._tools.stamper.hop(in_ns, position)
        return child_span(header, _STAGE, f"order {terms.client_order_id}", hop, _attributes(terms))

    def call(self, header: bytes, order: Order, in_ns: int, outcome: str) -> None:
        """Add the span of a call to the venue, ended now."""
        if header:
            attributes = {**_attributes(order.terms), "sextant.venue.outcome": outcome}
            attributes["sextant.gate_time_ns"] = order.gate_time_ns
            hop = self._tools.stamper.hop(in_ns, None)
            self._add(
                child_span(
                    header, _STAGE, f"venue call {order.terms.client_order_id} {in_ns}", hop, attributes
                )[0]
            )

    def fill(self, header: bytes, order: Order, fill: Fill, now_ns: int) -> bytes:
        """Add the span of a fill; return the header under which the ledger books it."""
        if not header:
            return b""
        stamper = self._tools.stamper
        hop = Hop(_STAGE, stamper.instance, stamper.region, now_ns, now_ns, None)
        attributes = {**_attributes(order.terms), "sextant.fill_id": fill.fill_id}
        span, below = child_span(header, _STAGE, f"fill {fill.fill_id}", hop, attributes)
        self._add(span)
        return below

    def _add(self, span: Span) -> None:
        self._tools.spans.add(span)


def _attributes(terms: Terms) -> dict[str, str | int | float | bool]:
    return {
        "sextant.client_order_id": terms.client_order_id,
        "sextant.portfolio": terms.portfolio,
        "sextant.instrument": terms.instrument,
        "sextant.intent_id": terms.intent_id,
        "sextant.decision_id": terms.decision_id,
        "sextant.venue_account": terms.venue_account,
    }
