"""Time of a fused run: a virtual clock that everything is decided by, and one that also shows how long the work took."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable

from sextant.core.time import SettableClock


class RunningClock:
    """The virtual instant plus the real time that has passed since it began: for hops and spans, never for decisions."""

    def __init__(self, virtual: SettableClock) -> None:
        self._virtual = virtual
        self._began_ns = time.perf_counter_ns()

    def instant_began(self) -> None:
        """The virtual clock was moved: count from here."""
        self._began_ns = time.perf_counter_ns()

    def wall_ns(self) -> int:
        return self._virtual.now_ns + time.perf_counter_ns() - self._began_ns

    def monotonic_ns(self) -> int:
        return self.wall_ns()


class Timers:
    """Work that is due at an instant of the virtual clock; what is due at one instant runs in the order in which it was asked for.

    `settle` is called after each piece of work, before the clock moves on.
    """

    def __init__(self, clock: SettableClock, running: RunningClock, settle: Callable[[], None]) -> None:
        self._clock, self._running, self._settle = clock, running, settle
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._asked = 0

    def at(self, due_ns: int, work: Callable[[], None]) -> None:
        """Run `work` once the clock reaches `due_ns`."""
        heapq.heappush(self._due, (due_ns, self._asked, work))
        self._asked += 1

    def every(self, period_ns: int, work: Callable[[], None], *, first_ns: int) -> None:
        """Run `work` at `first_ns` and again after each period."""

        def again() -> None:
            self.every(period_ns, work, first_ns=self._clock.now_ns + period_ns)
            work()

        self.at(first_ns, again)

    def advance(self, now_ns: int) -> None:
        """Move the clock to `now_ns`, stopping at every instant on the way at which something is due. It never goes back."""
        while self._due and self._due[0][0] <= now_ns:
            due_ns, _, work = heapq.heappop(self._due)
            self._move(due_ns)
            work()
            self._settle()
        self._move(now_ns)

    def _move(self, now_ns: int) -> None:
        if now_ns > self._clock.now_ns:
            self._clock.now_ns = now_ns
            self._running.instant_began()
