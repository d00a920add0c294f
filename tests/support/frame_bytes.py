"""WebSocket frames as bytes, also such as no library would send."""

from __future__ import annotations


def frame_bytes(head: int, payload: bytes, mask: int = 0) -> bytes:
    """Return a frame with that first byte; `mask` 0x80 claims one, none is applied."""
    size = len(payload)
    if size < 126:
        return bytes((head, size | mask)) + payload
    if size < 65_536:
        return bytes((head, 126 | mask)) + size.to_bytes(2, "big") + payload
    return bytes((head, 127 | mask)) + size.to_bytes(8, "big") + payload
