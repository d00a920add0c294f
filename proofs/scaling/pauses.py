"""How long a partition had no answer while the crew changed, from the log's own stamps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proofs.scaling.fold import SIGNALS
from proofs.scaling.moves import Moved
from sextant.bus.port import Bus
from sextant.core.time import MILLISECOND, SECOND
from sextant.demo.report.reading import Sieve, whole_topic


@dataclass(frozen=True, slots=True)
class Pause:
    """The longest time without a new answer in any partition during one move, s. `median` is over the partitions."""

    moved: Moved
    longest_s: float
    median_s: float
    partition: int


async def answers(bus: Bus) -> dict[int, list[int]]:
    """Return when each partition was answered (the broker's stamps, ms), what was said again left out."""
    sieve, found = Sieve(SIGNALS), dict[int, list[int]]()
    async for record in whole_topic(bus, SIGNALS):
        if sieve.take(record) is not None:
            found.setdefault(record.partition, []).append(record.timestamp_ms)
    return found


def pause_of(moved: Moved, answered: Mapping[int, Sequence[int]]) -> Pause:
    """Return the pause of one move. A partition that was not answered after it paused until the end of the move, and of the run."""
    gaps = {number: _longest(stamps, moved.begin_ms, moved.end_ms) for number, stamps in answered.items()}
    ordered = sorted(gaps.values())
    partition = max(gaps, key=gaps.__getitem__)
    return Pause(moved, gaps[partition] / 1_000, ordered[len(ordered) // 2] / 1_000, partition)


def limit_s(moved: Moved, session_timeout_ms: int) -> float:
    """Return how long a move may pause a partition: two seconds, and the session timeout before that for a kill."""
    allowed = 2 * SECOND + (0 if moved.move.is_planned else session_timeout_ms * MILLISECOND)
    return allowed / SECOND


def _longest(stamps: Sequence[int], begin_ms: int, end_ms: int) -> int:
    """Return the longest time between two answers one after the other, the later one inside of the window, ms."""
    longest, before = 0, None
    for stamp in stamps:
        if stamp > end_ms:
            break
        if stamp >= begin_ms:
            longest = max(longest, stamp - (begin_ms if before is None else before))
        before = stamp
    return max(longest, end_ms - max(begin_ms, before or 0))
