"""Incremental indicators on closed bars. Each equals its definition over the whole history to rounding (an oracle tests it).

Means are updated as `mean += (x - mean) / n`, so that a constant input gives exactly that constant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(slots=True)
class Ema:
    """Exponential moving average with alpha = 2 / (period + 1), seeded by the mean of the first `period` values."""

    period: int
    count: int = 0
    mean: float = 0.0

    def update(self, value: float) -> None:
        self.count = min(self.count + 1, self.period + 1)
        is_seed = self.count <= self.period
        self.mean += (value - self.mean) * (1.0 / self.count if is_seed else 2.0 / (self.period + 1))

    @property
    def value(self) -> float | None:
        return self.mean if self.count >= self.period else None


@dataclass(slots=True)
class Rsi:
    """Relative strength index, 0 to 100 (J. Welles Wilder, "New Concepts in Technical Trading Systems", 1978)."""

    period: int
    count: int = 0
    previous: float = 0.0
    gain: float = 0.0
    loss: float = 0.0

    def update(self, close: float) -> None:
        if self.count:
            change = close - self.previous
            weight = 1.0 / min(self.count, self.period)
            self.gain += (max(change, 0.0) - self.gain) * weight
            self.loss += (max(-change, 0.0) - self.loss) * weight
        self.previous = close
        self.count = min(self.count + 1, self.period + 1)

    @property
    def value(self) -> float | None:
        if self.count <= self.period:
            return None
        moved = self.gain + self.loss
        return 100.0 * self.gain / moved if moved else 50.0


@dataclass(slots=True)
class SessionVwap:
    """Volume-weighted average price since 00:00 UTC."""

    session: int = -1
    turnover: float = 0.0
    volume: float = 0.0

    def update(self, session: int, turnover: float, volume: float) -> None:
        if session != self.session:
            self.session, self.turnover, self.volume = session, 0.0, 0.0
        self.turnover += turnover
        self.volume += volume

    @property
    def value(self) -> float | None:
        return self.turnover / self.volume if self.volume else None


@dataclass(slots=True)
class Window:
    """The newest `size` values. Sums are taken anew and exactly each time: a running sum would keep the rounding of what has left."""

    size: int
    values: list[float] = field(default_factory=list)

    def update(self, value: float) -> None:
        self.values.append(value)
        if len(self.values) > self.size:
            del self.values[0]

    @property
    def is_full(self) -> bool:
        return len(self.values) == self.size

    @property
    def total(self) -> float:
        return math.fsum(self.values)

    @property
    def mean(self) -> float:
        return self.total / self.size

    def root_mean_square(self) -> float:
        """Return the root of the mean of the squares."""
        return math.sqrt(math.fsum(value * value for value in self.values) / self.size)
