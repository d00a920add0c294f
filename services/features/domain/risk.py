"""Multipliers for risk from realised volatility: calm markets trade the unit size, wild ones less with wider stops."""

from __future__ import annotations

from dataclasses import dataclass

#: Volatility (fraction a year) at which the unit size is meant; a full year's move of the whole price.
REFERENCE_VOLATILITY = 1.0
SMALLEST_SIZE = 0.1
NARROWEST_STOP, WIDEST_STOP = 0.5, 3.0


@dataclass(frozen=True, slots=True)
class Multipliers:
    """`size` 0.1 to 1, `stop` 0.5 to 3."""

    size: float
    stop: float


def multipliers(volatility: float) -> Multipliers:
    """Return multipliers that keep size times volatility at most at its reference. `volatility` is a fraction a year, at least 0."""
    relative = volatility / REFERENCE_VOLATILITY
    size = 1.0 if relative <= 1.0 else max(1.0 / relative, SMALLEST_SIZE)
    return Multipliers(size, min(max(relative, NARROWEST_STOP), WIDEST_STOP))
