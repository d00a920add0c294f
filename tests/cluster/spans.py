"""`python -m tests.cluster.spans FILE HOST PORT`: takes OTLP over HTTP and keeps each request in a file, one base64 line each, until ended."""

from __future__ import annotations

import base64
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from proofs.traced.receiver import PATH, spans_of
from sextant.telemetry.span import Span


def kept(file: Path) -> Iterator[Span]:
    """Yield the spans of a file that this program wrote."""
    for line in file.read_bytes().splitlines():
        yield from spans_of(base64.b64decode(line))


def main(arguments: list[str]) -> None:
    file, host, port = arguments
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock, Path(file).open("ab") as out:
                out.write(base64.b64encode(body) + b"\n")
            self.send_response(200 if self.path == PATH else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((host, int(port)), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
