"""Asking a process on this machine over HTTP."""

from __future__ import annotations

import http.client


def get(port: int, path: str, *, timeout_s: float = 2.0) -> tuple[int, bytes]:
    """Return (status, body); (0, b"") when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
