"""Multipliers for risk from realised volatility: calm markets trade the unit size, wild ones less with wider stops."""

from __future__ import annotations

from dataclasses import dataclass

NARROWEST_STOP, WIDEST_STOP = 0.5, 3.0


@dataclass(frozen=True, slots=True)
class Sizing:
    """Volatility (fraction a year) at which the unit size is meant, and the share of it that is left in the wildest market."""

    reference_volatility: float
    smallest_size: float


@dataclass(frozen=True, slots=True)
class Multipliers:
    """`size` from the smallest to 1, `stop` 0.5 to 3."""

    size: float
    stop: float


def multipliers(volatility: float, sizing: Sizing) -> Multipliers:
    """Return multipliers that keep size times volatility at most at its reference. `volatility` is a fraction a year, at least 0."""
    relative = volatility / sizing.reference_volatility
    size = 1.0 if relative <= 1.0 else max(1.0 / relative, sizing.smallest_size)
    return Multipliers(size, min(max(relative, NARROWEST_STOP), WIDEST_STOP))
