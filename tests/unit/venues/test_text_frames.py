"""What is cut off a socket's bytes without the protocol: whole, unmasked text frames, and nothing else."""

from __future__ import annotations

import pytest

from sextant.venues.native import choose
from tests.support.frame_bytes import frame_bytes

TEXTS = [b"", b"a" * 125, b"b" * 126, b"c" * 70_000]
OTHERS = [
    b"",
    b"\x89\x00",
    b"\x81",
    b"\x81\x02x",
    frame_bytes(0x81, b"hello", 0x80),
    b"\x81\x7f" + b"\xff" * 8,
]


@pytest.mark.parametrize("path", ["pure", "auto"])
@pytest.mark.parametrize("other", OTHERS)
def test_whole_text_frames_are_cut_up_to_the_first_other_one(path: str, other: bytes) -> None:
    data = b"".join(frame_bytes(0x81, text) for text in TEXTS)
    messages: list[bytes] = []
    assert choose(path).cut(b"rest" + data + other, 4, messages, 1 << 20) == 4 + len(data)
    assert messages == TEXTS


@pytest.mark.parametrize("path", ["pure", "auto"])
def test_a_frame_that_is_too_large_is_left(path: str) -> None:
    large, small = frame_bytes(0x81, b"c" * 70_000), frame_bytes(0x81, b"small")
    messages: list[bytes] = []
    assert choose(path).cut(small + large, 0, messages, 1_000) == len(small)
    assert messages == [b"small"]
