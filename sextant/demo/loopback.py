"""Asking a process on this machine over HTTP."""

from __future__ import annotations

import http.client


def get(port: int, path: str, *, timeout_s: float = 2.0) -> tuple[int, bytes]:
    """Return (status, body); (0, b"") when nobody answers."""
    return _ask("GET", port, path, timeout_s)


def post(port: int, path: str, *, timeout_s: float = 2.0) -> tuple[int, bytes]:
    """As get(), of a call that changes something."""
    return _ask("POST", port, path, timeout_s)


def _ask(method: str, port: int, path: str, timeout_s: float) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request(method, path)
        reply = connection.getresponse()
        return reply.status, reply.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
