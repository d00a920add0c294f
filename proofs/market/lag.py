"""How far the line was behind the recording, in event time: from the broker's stamps, not from any service's word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sextant.core.time import MILLISECOND, SECOND


@dataclass(frozen=True, slots=True)
class Passage:
    """A record that stands for market data up to `stamp_ns` (the recorded receive stamp), appended at `appended_ms` (wall clock)."""

    stamp_ns: int
    appended_ms: int


@dataclass(frozen=True, slots=True)
class Lag:
    """Lag behind the recording's schedule, s of event time."""

    largest_s: float
    p99_s: float
    at_end_s: float
    records: int


def schedule_start_ns(frames: Iterable[Passage], speed: float) -> int:
    """Return the wall time, ns, at which stamp zero would have been due: the earliest that any frame allows.

    No frame can be appended before it is due, so the one with the least delay marks the schedule (late by its own delay at most).
    """
    return min(int(frame.appended_ms * MILLISECOND - frame.stamp_ns / speed) for frame in frames)


def lag_of(passages: Iterable[Passage], start_ns: int, speed: float) -> Lag:
    """Return the lag of records in the order of the log."""
    found = [
        max(0.0, (passage.appended_ms * MILLISECOND - passage.stamp_ns / speed - start_ns) * speed / SECOND)
        for passage in passages
    ]
    ordered = sorted(found)
    tail = found[-max(1, len(found) // 100) :]
    return Lag(ordered[-1], ordered[int(0.99 * (len(ordered) - 1))], min(tail), len(found))
