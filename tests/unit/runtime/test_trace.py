"""Spans of an order: where each record lies, why one was refused, what else was counted; few names, one id for one piece of work."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sextant.bus.port import Position
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.core.identity import Identity, Root, span_id, trace_id
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stage import Join
from sextant.runtime.trace import below, decision_span, parent_of, traceparent, upstream_spans
from sextant.telemetry.span import Kind

ROOT = Root("market.events.v1/3", 0, 41)
EVENTS, VALIDATED = Position("market.events.v1", 3, 41), Position("market.validated.v1", 3, 40)


def hop(stage: str, source: Position | None = None, region: str = "tokyo") -> Hop:
    return Hop(stage, f"{stage}-0", region, 10, 20, source)


def lineage() -> Lineage:
    hops = (hop("ingest"), hop("triangulation", EVENTS), hop("features", VALIDATED))
    whole = Lineage()
    for each in hops:
        whole = whole.with_hop(each)
    return whole


def test_a_span_says_where_the_record_lies_that_it_read_and_that_of_ingest_which_one_it_wrote() -> None:
    ingest, fix, vector = upstream_spans(lineage(), Identity(ROOT, b"\0\0\0\0\0\0"))
    assert (ingest.kind, fix.kind, vector.kind) == (Kind.PRODUCER, Kind.CONSUMER, Kind.CONSUMER)
    for span, position, operation in (
        (ingest, EVENTS, "send"),
        (fix, EVENTS, "process"),
        (vector, VALIDATED, "process"),
    ):
        assert span.attributes["messaging.system"] == "kafka"
        assert span.attributes["messaging.operation.type"] == operation
        assert span.attributes["messaging.destination.name"] == position.topic
        assert span.attributes["messaging.destination.partition.id"] == str(position.partition)
        assert span.attributes["messaging.kafka.offset"] == position.offset
        assert (span.region, span.instance) == ("tokyo", f"{span.service}-0")


def test_a_refusal_is_an_error_with_its_code_limit_and_value() -> None:
    refused = risk_pb2.Refused(code=risk_pb2.REFUSAL_CODE_STALE, limit="2000", value="2500")
    intent = intents_pb2.Intent(intent_id="i", portfolio="main")
    decision = risk_pb2.Decision(decision_id="d", intent=intent, refused=refused)
    span = decision_span(hop("risk", VALIDATED), Identity(ROOT, b"\0\0"), decision, b"parent--")
    assert span.error == "STALE: limit 2000, was 2500"
    assert span.attributes["sextant.refusal"] == "STALE"
    assert span.attributes["sextant.outcome"] == "refused"
    assert (span.attributes["sextant.intent_id"], span.attributes["sextant.portfolio"]) == ("i", "main")


def test_an_approval_names_its_order_and_is_no_error() -> None:
    decision = risk_pb2.Decision(approved=risk_pb2.Approved(client_order_id="sx1"))
    span = decision_span(hop("risk", VALIDATED), Identity(ROOT, b"\0\0"), decision, b"parent--")
    assert (span.error, span.attributes["sextant.client_order_id"]) == ("", "sx1")


def test_other_signals_of_a_vote_are_linked_by_the_ids_that_their_own_traces_have() -> None:
    other = Identity(Root("market.events.v1/3", 0, 7), b"\0\0\0\0\0\1")
    at = Position("strategies.signals.v1", 3, 5)
    joins = (Join("strategies", other, at),)
    [link] = decision_span(hop("ensemble", at), Identity(ROOT, b"\0"), intents_pb2.Intent(), b"", joins).links
    assert (link.trace_id, link.span_id) == (
        trace_id(other.root),
        span_id(other.root, "strategies", other.path),
    )
    assert link.attributes["messaging.kafka.offset"] == 5


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_id_of_a_span_below_is_a_function_of_its_parent_and_of_what_it_is_about(
    one: str, two: str
) -> None:
    header = traceparent(ROOT, span_id(ROOT, "risk"))
    first, second = below(header, "execution", one), below(header, "execution", two)
    assert (first == second) is (one == two)
    assert parent_of(first.header) == (trace_id(ROOT), first.span_id)
    span = first.span("order", hop("execution", VALIDATED), {"sextant.portfolio": "main"})
    assert (span.trace_id, span.parent_id, span.name) == (trace_id(ROOT), first.parent_id, "order")
