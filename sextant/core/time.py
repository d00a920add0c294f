"""Time as integers of nanoseconds, and the clock as a port."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final, Protocol

MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000


class Clock(Protocol):
    """Where a service reads time. Domain code gets the reading, never the clock."""

    def wall_ns(self) -> int:
        """Return ns since the epoch."""

    def monotonic_ns(self) -> int:
        """Return ns of a clock that never goes back."""


class SystemClock:
    """The machine's clock."""

    def wall_ns(self) -> int:
        return time.time_ns()

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


class SettableClock:
    """A clock that stands until it is moved: for tests, fused runs and replay."""

    def __init__(self, now_ns: int = 0) -> None:
        self.now_ns = now_ns

    def wall_ns(self) -> int:
        return self.now_ns

    def monotonic_ns(self) -> int:
        return self.now_ns

    def advance(self, delta_ns: int) -> None:
        self.now_ns += delta_ns


def iso(ns: int) -> str:
    """Return "2026-01-02T03:04:05.123456789Z" for ns since the epoch."""
    seconds, rest = divmod(ns, SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
