"""Spans in OpenTelemetry's wire forms: protobuf, and JSON as the OTLP specification writes it (ids in hex, 64-bit integers as text).

The protobuf form is put together from its bytes: an order has some seven spans of ten attributes each, and building a message for
each of them costs several times as much. Field numbers are those of opentelemetry-proto 1.x, which never
change; a test holds the result to the generated classes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from sextant.telemetry.span import Attributes, Link, Span, Value

_ERROR: Final = 2
_TIMES: Final = struct.Struct("<BQBQ")
_DOUBLE: Final = struct.Struct("<Bd")
_START_TAG, _END_TAG, _DOUBLE_TAG = 0x39, 0x41, 0x21
_INT64: Final = (1 << 64) - 1
_BYTE: Final = [bytes((number,)) for number in range(128)]


def protobuf_request(spans: Iterable[Span]) -> bytes:
    """Return an ExportTraceServiceRequest."""
    return b"".join(
        _field(1, _resource_spans(_resource(*resource), group))
        for resource, group in _by_resource(spans).items()
    )


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


def _resource_spans(resource: Attributes, spans: Iterable[Span]) -> bytes:
    scope = _field(1, _field(1, b"sextant"))
    return _field(1, _pairs(1, resource)) + _field(
        2, scope + b"".join(_field(2, _span(each)) for each in spans)
    )


def _span(span: Span) -> bytes:
    end_ns = max(span.end_ns, span.start_ns)
    parts = [
        _field(1, span.trace_id),
        _field(2, span.span_id),
        _field(4, span.parent_id) if span.parent_id else b"",
        _field(5, span.name.encode()) if span.name else b"",
        bytes((6 << 3, span.kind)),
        _TIMES.pack(_START_TAG, span.start_ns, _END_TAG, end_ns),
        _pairs(9, span.attributes),
        *(_field(13, _link(each)) for each in span.links),
    ]
    if span.error:
        parts.append(_field(15, _field(2, span.error.encode()) + bytes((3 << 3, _ERROR))))
    return b"".join(parts)


def _link(link: Link) -> bytes:
    return _field(1, link.trace_id) + _field(2, link.span_id) + _pairs(4, link.attributes)


def _pairs(number: int, values: Attributes) -> bytes:
    tag = bytes((number << 3 | 2,))
    return b"".join([_pair(tag, name, value) for name, value in values.items()])


def _pair(tag: bytes, name: str, value: Value) -> bytes:
    known = _name(name)
    if isinstance(value, str):
        data = value.encode()
        size = len(data)
        whole = size + 4 + len(known)
        if whole < 128:  # what nearly every pair is: each length is one byte
            return b"".join((tag, _BYTE[whole], known, b"\x12", _BYTE[size + 2], b"\x0a", _BYTE[size], data))
    told = known + _field(2, _value(value))
    return tag + _varint(len(told)) + told


@lru_cache(maxsize=256)
def _name(name: str) -> bytes:
    return _field(1, name.encode())


def _value(value: Value) -> bytes:
    if isinstance(value, str):
        return _field(1, value.encode())
    if isinstance(value, bool):
        return bytes((2 << 3, value))
    if isinstance(value, int):
        return bytes((3 << 3,)) + _varint(value & _INT64)
    return _DOUBLE.pack(_DOUBLE_TAG, value)


def _field(number: int, data: bytes) -> bytes:
    """Return a field that holds bytes, text or a message."""
    size = len(data)
    head = bytes((number << 3 | 2, size)) if size < 128 else bytes((number << 3 | 2,)) + _varint(size)
    return head + data


def _varint(number: int) -> bytes:
    written = bytearray()
    while number >= 128:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


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
        made["status"] = {"code": _ERROR, "message": span.error}
    return made


def _json_pairs(values: Attributes) -> list[dict[str, Any]]:
    return [{"key": name, "value": _json_value(value)} for name, value in values.items()]


def _json_value(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}
