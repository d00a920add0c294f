"""A collector for tests: takes OTLP over HTTP on a free port of the loopback and keeps the spans, or only counts them.

`python -m proofs.traced.receiver` counts, in a process of its own, and prints its address first: what it costs is then not
the cost of whoever exports.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from sextant.telemetry.span import Kind, Link, Span, Value

PATH: Final = "/v1/traces"


class Receiver:
    """Spans as they arrived, in order; `bodies` counts requests. Open it with serving()."""

    def __init__(self, *, keeps: bool = True) -> None:
        self.spans: list[Span] = []
        self.bodies = 0
        self._keeps = keeps
        self._lock = threading.Lock()

    def take(self, body: bytes) -> None:
        """Take one request. Raises DecodeError when it is none."""
        spans = list(spans_of(body)) if self._keeps else []
        with self._lock:
            self.bodies += 1
            self.spans += spans


@contextmanager
def serving(receiver: Receiver) -> Iterator[str]:
    """Serve on a free port of the loopback; yield the endpoint."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == PATH:
                receiver.take(body)
            self.send_response(200 if self.path == PATH else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def spans_of(body: bytes) -> Iterator[Span]:
    """Yield the spans of an export request."""
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        resource = _attributes(group.resource.attributes)
        names = (str(resource[name]) for name in ("service.name", "service.instance.id", "cloud.region"))
        service, instance, region = names
        for scope in group.scope_spans:
            for span in scope.spans:
                yield _span(span, service, instance, region)


def _span(span: trace_pb2.Span, service: str, instance: str, region: str) -> Span:
    return Span(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_id=span.parent_span_id,
        service=service,
        instance=instance,
        region=region,
        name=span.name,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        attributes=_attributes(span.attributes),
        kind=Kind(span.kind),
        links=tuple(Link(each.trace_id, each.span_id, _attributes(each.attributes)) for each in span.links),
        error=span.status.message if span.status.code == trace_pb2.Status.STATUS_CODE_ERROR else "",
    )


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Value]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "string_value") for pair in pairs}


def main() -> int:
    """Count until standard input ends."""
    with serving(Receiver(keeps=False)) as endpoint:
        print(endpoint, flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
