"""One price from several voices: weighted median, spread as median absolute deviation, outliers left out.

The median and the MAD are used because up to half of the weight may lie without moving them arbitrarily
(Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", 1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

BASIS_POINTS = 1e4
#: A voice: price above zero in the fix's currency, weight above zero.
Voice = tuple[float, float]


class Consensus(NamedTuple):
    """`price` and `deviation_bp` of the voices that agree. Voices farther than `reach` from `centre` (`limit_bp` of it) are outliers."""

    price: float
    deviation_bp: float
    agreeing: int
    centre: float
    limit_bp: float
    reach: float

    def is_outlier(self, price: float) -> bool:
        return abs(price - self.centre) > self.reach


def weighted_median(voices: Sequence[Voice]) -> float:
    """Return the value with half of the weight on either side; the middle of two where the half falls between them.

    Independent of order. `voices` must not be empty.
    """
    ordered = sorted(voices)
    half = sum([weight for _, weight in ordered]) / 2.0
    below = 0.0
    for index, (value, weight) in enumerate(ordered):
        below += weight
        if below > half:
            return value
        if below == half and index + 1 < len(ordered):
            return (value + ordered[index + 1][0]) / 2.0
    return ordered[-1][0]


def agree(voices: Sequence[Voice], outlier_bp: float, outlier_deviations: float) -> Consensus:
    """Return what the voices agree on; `voices` must not be empty.

    A voice is an outlier when it is farther from the median of all than both `outlier_bp` and `outlier_deviations` times their MAD.
    """
    centre, deviation_bp = _centre(voices)
    limit_bp = max(outlier_bp, outlier_deviations * deviation_bp)
    reach = limit_bp * centre / BASIS_POINTS
    consensus = Consensus(centre, deviation_bp, len(voices), centre, limit_bp, reach)
    kept = [voice for voice in voices if not consensus.is_outlier(voice[0])]
    if len(kept) == len(voices) or not kept:
        return consensus
    price, deviation_bp = _centre(kept)
    return Consensus(price, deviation_bp, len(kept), centre, limit_bp, reach)


def _centre(voices: Sequence[Voice]) -> tuple[float, float]:
    centre = weighted_median(voices)
    deviations = [(abs(value - centre), weight) for value, weight in voices]
    return centre, weighted_median(deviations) / centre * BASIS_POINTS
