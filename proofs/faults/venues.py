"""Venues that misbehave: late replies, lost orders, cut connections, silence."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable

from sextant.core.errors import Fatal


def delay_replies(ports: Iterable[int], milliseconds: int) -> None:
    """Make every venue answer late; the deed is done at once. Raises Fatal when a venue does not obey."""
    for port in ports:
        _ask(port, "POST", {"kind": "delay_replies", "milliseconds": milliseconds})


def lose_orders(ports: Iterable[int]) -> None:
    """Let no order arrive; who placed it gets no answer."""
    for port in ports:
        _ask(port, "POST", {"kind": "lose_requests", "probability": 1})


def drop_connections(ports: Iterable[int]) -> None:
    """Cut every WebSocket connection of the venues, market data and reports of orders alike."""
    for port in ports:
        _ask(port, "POST", {"kind": "drop_connections", "scope": "all"})


def fall_silent(ports: Iterable[int], seconds: float) -> None:
    """Let no market frame out for so long; connections stay open."""
    for port in ports:
        _ask(port, "POST", {"kind": "silence", "seconds": seconds})


def spoil_frames(ports: Iterable[int], fault: str, *, every: int, count: int) -> None:
    """Spoil every n-th market frame, so many in all: `drop` or `garbage`, for example."""
    for port in ports:
        _ask(port, "POST", {"kind": "frames", "fault": fault, "every": every, "count": count})


def heal(ports: Iterable[int]) -> None:
    """Make every venue behave again."""
    for port in ports:
        _ask(port, "DELETE", {})


def _ask(port: int, method: str, body: dict[str, object]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.request(method, "/_sim/faults", json.dumps(body))
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != 200:
        raise Fatal(f"simulated exchange on port {port}: expected status 200 for {body}, was {status}")
