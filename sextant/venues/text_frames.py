"""Whole text frames off the front of what a socket gave (RFC 6455, section 5.2): nearly all that a market stream sends.

`sextant_native.cut_texts` stands in for it on the native path.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

#: First byte of a whole text frame; markers of 16 and 64 bit lengths, beyond which is the mask bit.
FINAL_TEXT: Final = 0x81
LENGTH_16: Final = 126
LENGTH_64: Final = 127
#: cut_texts() or what stands in for it.
Cut = Callable[[bytes, int, list[bytes], int], int]


def cut_texts(data: bytes, at: int, messages: list[bytes], most: int) -> int:
    """Append the messages of the whole, unmasked text frames from `at` on; return where the first other byte is.

    A frame of more than `most` bytes is left, as is what is not there to its end.
    """
    size = len(data)
    while size - at >= 2 and data[at] == FINAL_TEXT and data[at + 1] <= LENGTH_64:
        length, start = header(data, at)
        end = start + length
        if end > size or start > size or length > most:
            break
        messages.append(data[start:end])
        at = end
    return at


def header(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """Return a payload's length and where it begins, for a frame whose first two bytes are there.

    Where the rest of the length is not there yet, the payload begins beyond the data.
    """
    length, start = data[at + 1] & LENGTH_64, at + 2
    if length < LENGTH_16:
        return length, start
    end = start + (2 if length == LENGTH_16 else 8)
    return int.from_bytes(data[start:end], "big"), end
