"""Receive stamps of a replay: `<receive ns> <json>` instead of bare frames."""

from __future__ import annotations

_MAX_DIGITS = 19


def split_stamp(message: bytes) -> tuple[int, bytes]:
    """Return (receive ns, frame); 0 and the whole message where there is no stamp."""
    stamp, space, raw = message.partition(b" ")
    if not space or not stamp.isdigit() or len(stamp) > _MAX_DIGITS:
        return 0, message
    return int(stamp), raw
