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
    """Lag behind the recording's schedule, s of event time; `end_s` is when the last record was appended, wall s after the last was due."""

    largest_s: float
    p99_s: float
    end_s: float
    records: int


def schedule_start_ns(frames: Iterable[Passage], speed: float) -> int:
    """Return the wall time, ns, at which stamp zero would have been due: the earliest that any frame allows.

    No frame can be appended before it is due, so the one with the least delay marks the schedule (late by its own delay at most).
    """
    return min(int(frame.appended_ms * MILLISECOND - frame.stamp_ns / speed) for frame in frames)


def lag_of(passages: Iterable[Passage], start_ns: int, speed: float, last_stamp_ns: int) -> Lag:
    """Return the lag of records, in any order, behind a schedule that ends with the stamp `last_stamp_ns`."""
    lags, newest_ms = [], 0
    for passage in passages:
        late_ns = passage.appended_ms * MILLISECOND - passage.stamp_ns / speed - start_ns
        lags.append(max(0.0, late_ns * speed / SECOND))
        newest_ms = max(newest_ms, passage.appended_ms)
    lags.sort()
    end_s = (newest_ms * MILLISECOND - start_ns - last_stamp_ns / speed) / SECOND
    return Lag(lags[-1], lags[int(0.99 * (len(lags) - 1))], max(0.0, end_s), len(lags))
