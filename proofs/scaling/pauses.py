"""How long a partition had no answer while the crew changed, from the log's own stamps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from proofs.scaling.fold import SIGNALS
from proofs.scaling.moves import Moved
from proofs.scaling.vectors import VECTORS
from sextant.bus.port import Bus
from sextant.core.time import MILLISECOND, SECOND
from sextant.demo.report.reading import Sieve, whole_topic
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import LINEAGE


class Answer(NamedTuple):
    """A signal that was not said before: when the broker appended it (ms), and the offset of the vector that it answers."""

    stamp_ms: int
    cause: int


@dataclass(frozen=True, slots=True)
class Partition:
    """What was asked and answered in one partition: the vectors' stamps by offset (ms), and the answers in order."""

    asked_ms: Sequence[int]
    answers: Sequence[Answer]


@dataclass(frozen=True, slots=True)
class Pause:
    """The longest time without a new answer while a vector waited, in any partition during one move, s. `median` is over the partitions."""

    moved: Moved
    longest_s: float
    median_s: float
    partition: int


async def partitions(bus: Bus) -> dict[int, Partition]:
    """Return what was asked and answered, what was said again left out."""
    asked: dict[int, list[int]] = {}
    async for record in whole_topic(bus, VECTORS):
        asked.setdefault(record.partition, []).append(record.timestamp_ms)
    sieve, answered = Sieve(SIGNALS), dict[int, list[Answer]]()
    async for record in whole_topic(bus, SIGNALS):
        if sieve.take(record) is not None:
            cause = Lineage(record.headers[LINEAGE]).hops()[-1].input
            assert cause is not None, "a signal answers a vector"
            answered.setdefault(record.partition, []).append(Answer(record.timestamp_ms, cause.offset))
    return {number: Partition(asked[number], answered.get(number, [])) for number in asked}


def pause_of(moved: Moved, found: Mapping[int, Partition]) -> Pause:
    """Return the pause of one move. A partition that was not answered after it paused until the end of the move."""
    gaps = {number: _longest(each, moved.begin_ms, moved.end_ms) for number, each in found.items()}
    ordered = sorted(gaps.values())
    partition = max(gaps, key=gaps.__getitem__)
    return Pause(moved, gaps[partition] / 1_000, ordered[len(ordered) // 2] / 1_000, partition)


def limit_s(moved: Moved, session_timeout_ms: int) -> float:
    """Return how long a move may pause a partition: two seconds, and the session timeout before that for a kill."""
    allowed = 2 * SECOND + (0 if moved.move.is_planned else session_timeout_ms * MILLISECOND)
    return allowed / SECOND


def _longest(partition: Partition, begin_ms: int, end_ms: int) -> int:
    """Return the longest time between two answers one after the other while a vector waited, the later one inside of the window, ms."""
    longest, before, waiting = 0, begin_ms, 0
    for stamp, cause in partition.answers:
        if stamp > end_ms:
            break
        if stamp >= begin_ms:
            longest = max(longest, stamp - max(before, _asked(partition, waiting, stamp)))
        before, waiting = stamp, cause + 1
    return max(longest, end_ms - max(before, begin_ms, _asked(partition, waiting, end_ms)))


def _asked(partition: Partition, offset: int, otherwise_ms: int) -> int:
    """Return when the vector at an offset came; `otherwise_ms` where none has come yet."""
    return partition.asked_ms[offset] if offset < len(partition.asked_ms) else otherwise_ms
