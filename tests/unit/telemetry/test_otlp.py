"""Spans on the wire: both forms of OTLP say the same, with kinds, links and errors."""

from __future__ import annotations

import base64
from typing import Any

from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2

from sextant.telemetry.otlp import json_request, protobuf_request
from sextant.telemetry.span import Kind, Link, Span

INT64 = st.integers(-(2**63), 2**63 - 1)
ATTRIBUTES = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.one_of(st.text(max_size=8), INT64, st.booleans(), st.floats(allow_nan=False, allow_infinity=False)),
    max_size=4,
)
LINKS = st.lists(
    st.builds(
        Link,
        trace_id=st.binary(min_size=16, max_size=16),
        span_id=st.binary(min_size=8, max_size=8),
        attributes=ATTRIBUTES,
    ),
    max_size=3,
)
SPANS = st.builds(
    Span,
    trace_id=st.binary(min_size=16, max_size=16),
    span_id=st.binary(min_size=8, max_size=8),
    parent_id=st.sampled_from([b"", b"12345678"]),
    service=st.sampled_from(["risk", "execution"]),
    instance=st.sampled_from(["0", "1"]),
    region=st.just("tokyo"),
    name=st.text(max_size=8),
    start_ns=st.integers(0, 2**62),
    end_ns=st.integers(0, 2**62),
    attributes=ATTRIBUTES,
    kind=st.sampled_from(Kind),
    links=LINKS.map(tuple),
    error=st.text(max_size=8),
)


@given(st.lists(SPANS, max_size=6))
def test_both_forms_say_the_same(spans: list[Span]) -> None:
    from_wire = ExportTraceServiceRequest.FromString(protobuf_request(spans))
    from_json = json_format.ParseDict(_base64_ids(json_request(spans)), ExportTraceServiceRequest())
    assert from_wire == from_json
    made = [span for each in from_wire.resource_spans for scope in each.scope_spans for span in scope.spans]
    assert sorted(span.span_id for span in made) == sorted(span.span_id for span in spans)


def test_an_error_is_a_status_and_its_absence_is_none() -> None:
    one = Span(b"t" * 16, b"s" * 8, b"", "risk", "0", "tokyo", "decide", 1, 2, error="STALE: limit 2, was 3")
    request = ExportTraceServiceRequest.FromString(protobuf_request([one]))
    [span] = request.resource_spans[0].scope_spans[0].spans
    assert (span.status.code, span.status.message) == (trace_pb2.Status.STATUS_CODE_ERROR, one.error)
    assert (
        "status" not in json_request([Span(*_fields(one))])["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    )


def _fields(span: Span) -> tuple[Any, ...]:
    return (
        *(span.trace_id, span.span_id, span.parent_id, span.service, span.instance),
        *(span.region, span.name, span.start_ns, span.end_ns),
    )


def _base64_ids(value: Any) -> Any:
    """Turn OTLP's hexadecimal ids into those of protobuf's own JSON."""
    if isinstance(value, list):
        return [_base64_ids(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: base64.b64encode(bytes.fromhex(each)).decode()
        if name in {"traceId", "spanId", "parentSpanId"}
        else _base64_ids(each)
        for name, each in value.items()
    }
