"""Spans of an order: below risk's, or the first of a trace of its own where an operator caused it; the same again from the journal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from services.execution.domain.order import Fill, Order, Phase, State
from services.execution.journal import Context
from services.execution.messages import fill_draft
from services.execution.tools import Tools
from services.execution.tracing import OrderTrace
from sextant.bus.port import Position
from sextant.core.identity import Identity, Root, span_id, trace_id
from sextant.core.time import SECOND, SettableClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import Stamper
from sextant.runtime.trace import parent_of, traceparent_of
from sextant.telemetry.span import Kind
from sextant.telemetry.spans import CollectedSpans, NoSpans, SpanSink
from tests.unit.services.execution.test_machine import TERMS

ORDER = Order(replace(TERMS, intent_id="i", decision_id="d"), State.OPEN, Phase.DONE)
FILL = Fill("alpha-main/BTCUSDT/1", Decimal(1), Decimal(100), Decimal(0), "BTC", False, 1)
DECIDED = Identity(Root("market.events.v1/3", 0, 41), b"\0\0\0\0")
AT = Position("risk.decisions.v1", 7, 3)


@dataclass
class _Tools:
    """What spans need of execution."""

    stamper: Stamper
    spans: SpanSink


def trace(spans: SpanSink) -> OrderTrace:
    tools = _Tools(Stamper("execution", "0", "tokyo", SettableClock(9 * SECOND)), spans)
    made: Tools = tools  # type: ignore[assignment]  # a part of them
    return OrderTrace(made)


def test_an_order_lies_below_its_decision_and_says_where_that_lies() -> None:
    sink = CollectedSpans()
    span, header = trace(sink).order(traceparent_of("risk", DECIDED), ORDER.terms, SECOND, AT)
    assert span is not None
    assert span.parent_id == span_id(DECIDED.root, "risk", DECIDED.path)
    assert parent_of(header) == (trace_id(DECIDED.root), span.span_id)
    assert (span.kind, span.attributes["messaging.kafka.offset"]) == (Kind.CONSUMER, 3)
    trace(sink).fill(header, ORDER, FILL, 9 * SECOND)
    assert [(each.name, each.parent_id) for each in sink.spans] == [("fill", span.span_id)]


def test_an_operators_order_begins_a_trace_of_its_own_and_is_made_again_the_same() -> None:
    sink = CollectedSpans()
    orders = trace(sink)
    span, context = orders.operators(TERMS, 8 * SECOND)
    assert span is not None
    assert span.parent_id == b""
    assert parent_of(context.trace) == (span.trace_id, span.span_id)
    assert [hop.stage for hop in Lineage(context.lineage).hops()] == ["execution"]
    below = orders.fill(context.trace, replace(ORDER, terms=TERMS), FILL, 9 * SECOND)
    told = fill_draft(ORDER, FILL, context, trace=below, now_ns=9 * SECOND)
    first, sink.spans = [span, *sink.spans], []
    orders.again(replace(ORDER, terms=TERMS), context, [told])
    assert sink.spans == first


def test_a_call_that_the_venue_did_not_accept_is_an_error() -> None:
    sink = CollectedSpans()
    header = traceparent_of("risk", DECIDED)
    for outcome in ("Accepted", "Rejected", "OutcomeUnknown"):
        trace(sink).call(header, ORDER, SECOND, outcome)
    assert [each.error for each in sink.spans] == ["", "Rejected", "OutcomeUnknown"]
    assert {each.kind for each in sink.spans} == {Kind.CLIENT}


def test_where_nobody_takes_spans_the_trace_goes_on_without_them() -> None:
    kept, forgotten = trace(CollectedSpans()), trace(NoSpans())
    header = traceparent_of("risk", DECIDED)
    span, below = forgotten.order(header, ORDER.terms, SECOND, AT)
    assert span is None
    assert below == kept.order(header, ORDER.terms, SECOND, AT)[1]
    assert forgotten.fill(below, ORDER, FILL, 1) == kept.fill(below, ORDER, FILL, 1)
    assert forgotten.operators(TERMS, SECOND) == (None, kept.operators(TERMS, SECOND)[1])
    forgotten.again(ORDER, Context(identity=DECIDED.encode(), trace=below))
