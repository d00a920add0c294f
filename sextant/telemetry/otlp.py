"""Spans in OpenTelemetry's wire forms: protobuf, and JSON as the OTLP specification writes it (ids in hex, 64-bit integers as text)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from sextant.telemetry.span import Attributes, Span, Value

_ERROR = trace_pb2.Status.STATUS_CODE_ERROR


def protobuf_request(spans: Iterable[Span]) -> bytes:
    """Return an ExportTraceServiceRequest."""
    request = ExportTraceServiceRequest()
    for resource, group in _by_resource(spans).items():
        target: ResourceSpans = request.resource_spans.add()
        target.resource.attributes.extend(_pairs(_resource(*resource)))
        scope = target.scope_spans.add()
        scope.scope.name = "sextant"
        scope.spans.extend(map(_span, group))
    return bytes(request.SerializeToString())


def json_request(spans: Iterable[Span]) -> dict[str, Any]:
    """Return the same request as JSON data."""
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _json_pairs(_resource(*resource))},
                "scopeSpans": [{"scope": {"name": "sextant"}, "spans": [_json_span(span) for span in group]}],
            }
            for resource, group in _by_resource(spans).items()
        ]
    }


def _by_resource(spans: Iterable[Span]) -> dict[tuple[str, str, str], list[Span]]:
    groups: dict[tuple[str, str, str], list[Span]] = {}
    for span in spans:
        groups.setdefault((span.service, span.instance, span.region), []).append(span)
    return groups


def _resource(service: str, instance: str, region: str) -> dict[str, Value]:
    return {
        "service.name": service,
        "service.instance.id": instance,
        "service.namespace": "sextant",
        "cloud.region": region,
    }


def _span(span: Span) -> trace_pb2.Span:
    made = trace_pb2.Span(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_id,
        name=span.name,
        kind=span.kind,  # type: ignore[arg-type]  # ours have OpenTelemetry's numbers
        start_time_unix_nano=span.start_ns,
        end_time_unix_nano=max(span.end_ns, span.start_ns),
        attributes=_pairs(span.attributes),
        links=[
            trace_pb2.Span.Link(trace_id=trace, span_id=own, attributes=_pairs(attributes))
            for trace, own, attributes in span.links
        ],
    )
    if span.error:
        made.status.code, made.status.message = _ERROR, span.error
    return made


def _json_span(span: Span) -> dict[str, Any]:
    made: dict[str, Any] = {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "parentSpanId": span.parent_id.hex(),
        "name": span.name,
        "kind": int(span.kind),
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(max(span.end_ns, span.start_ns)),
        "attributes": _json_pairs(span.attributes),
    }
    if span.links:
        made["links"] = [
            {"traceId": trace.hex(), "spanId": own.hex(), "attributes": _json_pairs(attributes)}
            for trace, own, attributes in span.links
        ]
    if span.error:
        made["status"] = {"code": int(_ERROR), "message": span.error}
    return made


def _json_pairs(values: Attributes) -> list[dict[str, Any]]:
    return [{"key": name, "value": _json_value(value)} for name, value in values.items()]


def _json_value(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def _pairs(values: Attributes) -> list[KeyValue]:
    return [_pair(name, value) for name, value in values.items()]


def _pair(name: str, value: Value) -> KeyValue:
    if isinstance(value, bool):
        return KeyValue(key=name, value=AnyValue(bool_value=value))
    if isinstance(value, int):
        return KeyValue(key=name, value=AnyValue(int_value=value))
    if isinstance(value, float):
        return KeyValue(key=name, value=AnyValue(double_value=value))
    return KeyValue(key=name, value=AnyValue(string_value=value))
