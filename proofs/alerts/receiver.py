"""Where Alertmanager's webhooks go: remembers what was told, and when."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """One alert of one message; `at_s` is our monotonic clock."""

    receiver: str
    alert: str
    labels: dict[str, str]
    is_firing: bool
    at_s: float


class Receiver:
    """An HTTP server on a free port of this machine; the path names the receiver."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                told.extend(_alerts(self.path.strip("/"), json.loads(body), time.monotonic()))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def url(self, receiver: str) -> str:
        """Return the address of a receiver."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{receiver}"

    def heard_s(self, alert: str, since_s: float) -> float | None:
        """Return when a firing alert was first told after a moment; None when it was not."""
        return next(
            (
                each.at_s
                for each in self.told
                if each.alert == alert and each.is_firing and each.at_s >= since_s
            ),
            None,
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _alerts(receiver: str, message: dict[str, Any], at_s: float) -> list[Told]:
    return [
        Told(receiver, alert["labels"]["alertname"], alert["labels"], alert["status"] == "firing", at_s)
        for alert in message["alerts"]
    ]
