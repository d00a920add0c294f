"""The receive stamp before a frame of a replay."""

from __future__ import annotations

import pytest

from sextant.venues.stamps import split_stamp


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b'1723161255 {"a": 1}', (1723161255, b'{"a": 1}')),
        (b'{"a": 1}', (0, b'{"a": 1}')),
        (b"", (0, b"")),
        (b"12x {}", (0, b"12x {}")),
        (b"9223372036854775807 {}", (2**63 - 1, b"{}")),
        (b"9223372036854775808 {}", (0, b"9223372036854775808 {}")),
        (b"9" * 19 + b" {}", (0, b"9" * 19 + b" {}")),
        (b"9" * 20 + b" {}", (0, b"9" * 20 + b" {}")),
    ],
)
def test_stamps_are_split_off_or_left(message: bytes, expected: tuple[int, bytes]) -> None:
    assert split_stamp(message) == expected
