"""Receive stamps of a replay: `<receive ns> <json>` instead of bare frames."""

from __future__ import annotations

from typing import Final

_MOST: Final = 2**63 - 1
_MOST_DIGITS: Final = 19


def split_stamp(message: bytes) -> tuple[int, bytes]:
    """Return (receive ns, frame); 0 and the whole message where there is no stamp, or none that an int64 can say."""
    digits, space, raw = message.partition(b" ")
    if not space or not digits.isdigit() or len(digits) > _MOST_DIGITS or (stamp_ns := int(digits)) > _MOST:
        return 0, message
    return stamp_ns, raw
