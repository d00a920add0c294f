"""Percentiles over the newest seconds."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from sextant.core.time import SECOND

LENGTH_NS: Final = 60 * SECOND
_MOST: Final = 4_096
#: Sorting many values for every frame would cost more than all the rest: of this many and more, percentiles stand for a second.
_MANY: Final = 256


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Nearest-rank percentiles of `count` values, in their unit."""

    p50: float
    p99: float
    count: int


class SlidingWindow:
    """Values of the newest `length_ns`, at most 4,096 of them."""

    def __init__(self, length_ns: int = LENGTH_NS) -> None:
        self._length_ns = length_ns
        self._values: deque[tuple[int, float]] = deque(maxlen=_MOST)
        self._found: Percentiles | None = None
        self._found_ns = 0

    def add(self, now_ns: int, value: float) -> None:
        self._values.append((now_ns, value))

    def percentiles(self, now_ns: int) -> Percentiles | None:
        """Return the percentiles at `now_ns`; None when the window is empty."""
        if len(self._values) >= _MANY and 0 <= now_ns - self._found_ns < SECOND:
            return self._found
        self._found, self._found_ns = self._sorted(now_ns), now_ns
        return self._found

    def _sorted(self, now_ns: int) -> Percentiles | None:
        while self._values and self._values[0][0] <= now_ns - self._length_ns:
            self._values.popleft()
        ordered = sorted(value for _, value in self._values)
        if not ordered:
            return None
        return Percentiles(_rank(ordered, 0.50), _rank(ordered, 0.99), len(ordered))


def _rank(ordered: list[float], share: float) -> float:
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]
