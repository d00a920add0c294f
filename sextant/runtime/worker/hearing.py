"""Which side topics speak, on the process's own monotonic clock; and whether the process itself stood still."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from sextant.bus.port import Record, TopicPartition
from sextant.contracts.runtime.v1 import state_pb2
from sextant.core.time import MILLISECOND, SECOND, Clock

#: A worker looks ten times a second where nothing comes: standing for less than this is no standing still.
_SHORTEST_HOLD_NS: Final = 200 * MILLISECOND
#: Reading up takes its time on a busy machine, and is no standing still unless it takes longer than this.
_LONGEST_READ_NS: Final = 5 * SECOND


class Listener(Protocol):
    """What hears: a `StageSpec` says what its three mean; whatever else follows side topics may say the same."""

    @property
    def sides(self) -> Sequence[str]: ...

    @property
    def silence_ns(self) -> Mapping[str, int]: ...

    @property
    def timer_ns(self) -> int: ...


class Hearing:
    """A topic is silent when nothing of it came for longer than its bound.

    A process that was held (stopped and continued, a frozen machine) first finds what had reached it before: old records that look as if
    they were said just now. So after a hold everything is silent until something comes that lies behind what the log held by then.
    """

    def __init__(self, spec: Listener, clock: Clock) -> None:
        self._clock, self._bounds = clock, dict(spec.silence_ns)
        bounds = [*spec.silence_ns.values(), *([4 * spec.timer_ns] if spec.timer_ns and spec.sides else [])]
        self._hold_ns = max(min(bounds) // 2, _SHORTEST_HOLD_NS) if bounds else None
        self._heard_ns: dict[str, int] = {}
        self._counts_from: dict[TopicPartition, int] = {}
        self._looked_ns = 0
        self._is_deaf = False
        self.silent: frozenset[str] = frozenset(spec.silence_ns)

    def hear(self, records: Sequence[Record]) -> None:
        """Take records that have just come."""
        if self._is_deaf:
            return
        now = self._clock.monotonic_ns()
        for record in records:
            if record.offset >= self._counts_from.get(TopicPartition(record.topic, record.partition), 0):
                self._heard_ns[record.topic] = now

    def heard_ns(self, topic: str) -> int | None:
        """Return when a topic was last heard, on the monotonic clock; None when it was not, since the start or since a hold."""
        return self._heard_ns.get(topic)

    def changes(self) -> list[state_pb2.SideEvent]:
        """Return what fell silent or speaks again since the last call."""
        now = self._clock.monotonic_ns()
        silent = frozenset(
            topic
            for topic, bound in self._bounds.items()
            if topic not in self._heard_ns or now - self._heard_ns[topic] > bound
        )
        changed = sorted(silent ^ self.silent)
        self.silent = silent
        return [silence(topic, topic in silent) for topic in changed]

    def was_held(self) -> bool:
        """Return whether the process stood still since the last call for long enough that what it knows may be out of date.

        Nothing is heard from then on until read_up() says what the log held, and the answer stays the same.
        """
        before, self._looked_ns = self._looked_ns, self._clock.monotonic_ns()
        if self._hold_ns is not None and before and self._looked_ns - before > self._hold_ns:
            self._is_deaf = True
            self._heard_ns.clear()
        return self._is_deaf

    def read_up(self, reached: Iterable[Mapping[TopicPartition, int]]) -> None:
        """Everything below these offsets was read since was_held(): only what lies at or above them was said after the hold."""
        for offsets in reached:
            for at, offset in offsets.items():
                self._counts_from[at] = max(offset, self._counts_from.get(at, 0))
        self._is_deaf = False
        now = self._clock.monotonic_ns()
        if now - self._looked_ns <= _LONGEST_READ_NS:
            self._looked_ns = now


def silence(topic: str, is_silent: bool) -> state_pb2.SideEvent:
    """Return the event that a topic fell silent, or speaks again."""
    return state_pb2.SideEvent(fell_silent=topic) if is_silent else state_pb2.SideEvent(speaks_again=topic)
