"""`python -m tests.cluster.spans FILE HOST PORT NEXT`: takes OTLP over HTTP, hands it on, and keeps it, until ended.

Each request that NEXT (http://host:port, or nobody where it is empty) took is kept in FILE, one base64 line each; what NEXT did not take is
refused, and said again.
"""

from __future__ import annotations

import base64
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from proofs.traced.receiver import PATH, spans_of
from sextant.telemetry.span import Span

#: What says how a request is to be read.
_KIND = ("Content-Type", "Content-Encoding")


def kept(file: Path) -> Iterator[Span]:
    """Yield the spans of a file that this program wrote."""
    for line in file.read_bytes().splitlines():
        yield from spans_of(base64.b64decode(line))


def main(arguments: list[str]) -> None:
    file, host, port, onward = arguments
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_taken = self.path == PATH and self._hand_on(body)
            if is_taken:
                with lock, Path(file).open("ab") as out:
                    out.write(base64.b64encode(body) + b"\n")
            self.send_response(200 if is_taken else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _hand_on(self, body: bytes) -> bool:
            if not onward:
                return True
            kind = {name: self.headers[name] for name in _KIND if name in self.headers}
            request = urllib.request.Request(onward + PATH, body, kind)
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((host, int(port)), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
