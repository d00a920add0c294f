"""Interleaved runs: every case once a round, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import TypeVar

Result = TypeVar("Result")
#: What one case is called in the results.
Name = str


def interleaved(cases: Mapping[Name, Callable[[], Result]], runs: int) -> dict[Name, list[Result]]:
    """Return each case's results of `runs` rounds, after one warm-up round that is thrown away.

    Every second round goes backwards, so that no case always follows the same neighbour.
    """
    results: dict[Name, list[Result]] = {name: [] for name in cases}
    for number in range(runs + 1):
        order = list(cases)[:: 1 if number % 2 else -1]
        for name in order:
            gc.collect()
            result = cases[name]()
            if number:
                results[name].append(result)
    return results


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of this process that `work` took: other processes on the same cores do not count."""
    before = time.process_time()
    work()
    return time.process_time() - before


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Return the median of the rounds' own ratios, which is steadier than the ratio of two medians."""
    return median(one / other for one, other in zip(above, below, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of them do not exceed. Raises ValueError for no values."""
    if not values:
        raise ValueError("percentile of no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
