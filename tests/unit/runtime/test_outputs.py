"""What a worker says of an order, and the spans of it: one trace from the first hop to the decision, told after the record is on its way."""

from __future__ import annotations

from sextant.bus.port import Outgoing, Position
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.core.identity import Identity, Root, span_id, trace_id
from sextant.core.time import SECOND, SettableClock
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stage import Input, Output
from sextant.runtime.stamp import TRACEPARENT, Stamper
from sextant.runtime.trace import parent_of
from sextant.runtime.worker.engine import Addressed
from sextant.runtime.worker.outputs import OutputStamper
from sextant.telemetry.spans import CollectedSpans

ROOT = Root("market.events.v1/3", 0, 41)
INTENTS, DECISIONS = "strategies.intents.v1", "risk.decisions.v1"
STAGES = ("ingest", "triangulation", "features", "strategies")


def signal() -> Input:
    lineage = Lineage()
    for number, stage in enumerate(STAGES):
        source = Position("market.events.v1", 3, 41) if number else None
        lineage = lineage.with_hop(Hop(stage, f"{stage}-0", "local", number, number + 1, source))
    at = Position("strategies.signals.v1", 3, 9)
    return Input(at, "BTC", signals_pb2.Signal(), b"", Identity(ROOT, b"\0\1\0\0\0\2"), lineage)


def said(
    stage: str, topic: str, value: object, cause: Input, id_field: str
) -> tuple[Outgoing, CollectedSpans]:
    spans = CollectedSpans()
    outputs = OutputStamper(Stamper(stage, "0", "local", SettableClock(9 * SECOND)), spans)
    output = Output(topic, "main", "main", value, cause, id_field=id_field)  # type: ignore[arg-type]  # any message
    [record] = outputs.stamp([Addressed(output, cause.identity.child(0), cause)], SECOND)
    assert spans.spans == [], "nobody waits for a span, so none is made before the record is on its way"
    outputs.tell()
    outputs.tell()
    return record, spans


def test_an_intent_brings_the_spans_of_every_stage_before_it() -> None:
    record, spans = said("ensemble", INTENTS, intents_pb2.Intent(), signal(), "intent_id")
    assert [span.service for span in spans.spans] == [*STAGES, "ensemble"], "told once"
    assert {span.trace_id for span in spans.spans} == {trace_id(ROOT)}
    parents = [b"", *(span.span_id for span in spans.spans)]
    assert [span.parent_id for span in spans.spans] == parents[:-1]
    own = spans.spans[-1]
    assert parent_of(record.headers[TRACEPARENT]) == (own.trace_id, own.span_id)
    assert (own.start_ns, own.end_ns) == (SECOND, 9 * SECOND)
    intent = intents_pb2.Intent.FromString(record.value or b"")
    assert intent.intent_id
    assert own.attributes["sextant.intent_id"] == intent.intent_id


def test_intents_of_one_signal_share_the_spans_of_its_way() -> None:
    spans, cause = CollectedSpans(), signal()
    outputs = OutputStamper(Stamper("ensemble", "0", "local", SettableClock(9 * SECOND)), spans)
    for number, portfolio in enumerate(("one", "two")):
        output = Output(INTENTS, portfolio, portfolio, intents_pb2.Intent(), cause, id_field="intent_id")
        outputs.stamp([Addressed(output, cause.identity.child(number), cause)], SECOND)
    outputs.tell()
    assert [span.service for span in spans.spans] == [*STAGES, "ensemble", "ensemble"]
    assert spans.spans[-1].parent_id == spans.spans[-2].parent_id == spans.spans[3].span_id


def test_a_decision_hangs_below_the_span_that_its_intent_names() -> None:
    intent, spans = said("ensemble", INTENTS, intents_pb2.Intent(), signal(), "intent_id")
    cause = Input(
        Position(INTENTS, 0, 5),
        "main",
        intents_pb2.Intent(),
        b"",
        signal().identity.child(0),
        Lineage(),
        intent.headers[TRACEPARENT],
    )
    record, below = said("risk", DECISIONS, risk_pb2.Decision(), cause, "decision_id")
    [decided] = below.spans
    assert decided.parent_id == spans.spans[-1].span_id
    assert parent_of(record.headers[TRACEPARENT]) == (trace_id(ROOT), decided.span_id)
    assert decided.span_id == span_id(ROOT, "risk", cause.identity.child(0).path)
