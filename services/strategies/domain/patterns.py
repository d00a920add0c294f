"""Which instruments a strategy trades: names with `*` and `?`, such as "*", "alpha:*", "*:BTC/*"."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase


def matches(instrument: str, patterns: Sequence[str]) -> bool:
    """Return whether an instrument's name fits one of the patterns. Case counts; `*` crosses "/" and ":"."""
    return any(fnmatchcase(instrument, pattern) for pattern in patterns)
