"""Spans of an order: one for the way from the decision to the call, one for the venue's reply, one for each fill.

What a process kept to itself when it was killed is made again from the journal, under the same ids.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.execution.domain.order import Fill, Order, Terms
from services.execution.journal import Context, Draft
from services.execution.messages import FILLS
from services.execution.tools import Tools
from sextant.bus.port import Position
from sextant.contracts.execution.v1 import execution_pb2
from sextant.core.identity import Identity, Root, span_id, trace_id
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.trace import Below, below, traceparent
from sextant.telemetry.span import Kind, Span, Value
from sextant.venues.port import Accepted

_STAGE = "execution"
#: Names of spans, which are few; what they are about stands in the attributes.
_ORDER, _CALL, _FILL = "order", "venue call", "fill"
#: Whose decisions are taken.
_DECIDES = "risk"


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
        place = _order_place(header, terms)
        if not self._tools.spans.is_wanted:
            return None, place.header
        hop = self._tools.stamper.hop(in_ns, position)
        return place.span(_ORDER, hop, _attributes(terms)), place.header

    def operators(self, terms: Terms, in_ns: int) -> tuple[Span | None, Context]:
        """Return the span of an order that an operator's command caused, ended now, and its context: a trace of its own, which begins here."""
        place, hop = _own_place(terms), self._tools.stamper.hop(in_ns, None)
        context = Context(lineage=Lineage().with_hop(hop).raw, trace=place.header)
        is_wanted = self._tools.spans.is_wanted
        return place.span(_ORDER, hop, _attributes(terms)) if is_wanted else None, context

    def call(self, header: bytes, order: Order, in_ns: int, outcome: str) -> None:
        """Add the span of a call to the venue, ended now; one that the venue did not accept is an error, whatever became of it."""
        if not header or not self._tools.spans.is_wanted:
            return
        attributes = {**_attributes(order.terms), "sextant.venue.outcome": outcome}
        attributes["sextant.gate_time_ns"] = order.gate_time_ns
        hop = self._tools.stamper.hop(in_ns, None)
        place = below(header, _STAGE, f"venue call {order.terms.client_order_id} {in_ns}")
        error = "" if outcome == Accepted.__name__ else outcome
        self._add(place.span(_CALL, hop, attributes, kind=Kind.CLIENT, error=error))

    def fill(self, header: bytes, order: Order, fill: Fill, now_ns: int) -> bytes:
        """Add the span of a fill; return the header under which the ledger books it."""
        return self._fill(header, order.terms, fill.fill_id, now_ns) if header else b""

    def again(self, order: Order, context: Context, drafts: Iterable[Draft] = ()) -> None:
        """Add the span of an order as it was when it was journalled, and those of the fills among these records about it."""
        if not context.trace or not self._tools.spans.is_wanted:
            return
        place = _own_place(order.terms)
        if context.identity:
            identity = Identity.decode(context.identity)
            decided = traceparent(identity.root, span_id(identity.root, _DECIDES, identity.path))
            place = _order_place(decided, order.terms)
        # Otherwise somebody else decided, under a header that the journal does not hold.
        if place.header == context.trace:
            self._add(place.span(_ORDER, Lineage(context.lineage).hops()[-1], _attributes(order.terms)))
        for draft in drafts:
            if draft.topic == FILLS:
                message = execution_pb2.Fill.FromString(draft.payload)
                self._fill(context.trace, order.terms, message.fill_id, message.receive_time.ToNanoseconds())

    def _fill(self, header: bytes, terms: Terms, fill_id: str, now_ns: int) -> bytes:
        place = below(header, _STAGE, f"fill {fill_id}")
        if self._tools.spans.is_wanted:
            stamper = self._tools.stamper
            hop = Hop(_STAGE, stamper.instance, stamper.region, now_ns, now_ns, None)
            self._add(place.span(_FILL, hop, {**_attributes(terms), "sextant.fill_id": fill_id}))
        return place.header

    def _add(self, span: Span) -> None:
        self._tools.spans.add(span)


def _order_place(header: bytes, terms: Terms) -> Below:
    return below(header, _STAGE, f"order {terms.client_order_id}")


def _own_place(terms: Terms) -> Below:
    """Return the place of an order that no tick caused."""
    root = Root(f"operator/{terms.client_order_id}", 0, 0)
    return Below(trace_id(root), b"", span_id(root, _STAGE))


def _attributes(terms: Terms) -> dict[str, Value]:
    told: dict[str, Value] = {
        "sextant.client_order_id": terms.client_order_id,
        "sextant.portfolio": terms.portfolio,
        "sextant.instrument": terms.instrument,
        "sextant.venue_account": terms.venue_account,
    }
    if terms.intent_id:
        told["sextant.intent_id"], told["sextant.decision_id"] = terms.intent_id, terms.decision_id
    return told
