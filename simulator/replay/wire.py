"""The bytes of server-to-client WebSocket text frames (RFC 6455, section 5.2): complete, unmasked, uncompressed.

Written by hand because a replay at full rate joins hundreds of frames into one write, which no server library offers.
"""

from functools import cache

TEXT_FINAL = 0x81


@cache
def header(length: int) -> bytes:
    """Return the header of a text frame with a payload of `length` bytes."""
    if length < 126:
        return bytes((TEXT_FINAL, length))
    if length < 1 << 16:
        return bytes((TEXT_FINAL, 126)) + length.to_bytes(2, "big")
    return bytes((TEXT_FINAL, 127)) + length.to_bytes(8, "big")


def text_frame(payload: bytes) -> bytes:
    """Return the frame of one text message."""
    return header(len(payload)) + payload
