"""What tracing costs an order: processor time and latency with spans exported and without any, in interleaved pairs of runs.

Each run is a process of its own over the same market, so both make the same orders; the collector is another process. Processor time is
that of all threads of the run, the exporter's and its last flush included.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from proofs.traced.exporting import exporting
from proofs.traced.run import told, trade
from sextant.core.time import MILLISECOND
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import LINEAGE
from sextant.telemetry.spans import NoSpans
from topologies.fused.run import FusedResult

PAIRS: Final = 7
#: What tracing may cost: processor time per order, and the slowest hundredth of ticks to order.
CPU_RATIO, P99_RATIO = 1.05, 1.25
_RESAMPLES: Final = 1_000
_ORDERS: Final = "execution.orders.v1"


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. Processor time in ms per order; latencies in ms from frame to the order in the journal."""

    orders: int
    cpu_ms: float
    latencies_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """Ratios are with tracing over without; the interval of p99's holds 95 of 100 resamples."""

    cpu_ratios: tuple[float, ...]
    cpu_us_per_order: float
    p99_ratio: float
    p99_interval: tuple[float, float]

    @property
    def cpu_ratio(self) -> float:
        return statistics.median(self.cpu_ratios)

    def shown(self) -> dict[str, Any]:
        return {
            "cpu_ratio_median": round(self.cpu_ratio, 4),
            "cpu_ratios": [round(each, 4) for each in self.cpu_ratios],
            "cpu_us_per_order_for_tracing": round(self.cpu_us_per_order, 1),
            "p99_ratio": round(self.p99_ratio, 3),
            "p99_ratio_interval_95": [round(each, 3) for each in self.p99_interval],
        }

    def shortfalls(self) -> Iterator[str]:
        if self.cpu_ratio > CPU_RATIO:
            yield f"processor time per order: expected at most {CPU_RATIO} times, was {self.cpu_ratio:.3f}"
        if self.p99_ratio > P99_RATIO:
            yield f"p99 from tick to order: expected at most {P99_RATIO} times, was {self.p99_ratio:.3f}"


def measure(seconds: float, seed: int, pairs: int, progress: Callable[[str], None]) -> Cost:
    """Return what tracing costs. Raises subprocess.CalledProcessError when a run fails."""
    traced: list[Sample] = []
    plain: list[Sample] = []
    with _collector() as endpoint:
        for number in range(pairs):
            # Which one comes first changes, so that a machine that gets slower favours neither.
            for where in ("", endpoint) if number % 2 else (endpoint, ""):
                (traced if where else plain).append(_run(seconds, seed, where))
            on, off = traced[-1], plain[-1]
            progress(f"pair {number + 1}: {on.cpu_ms:.3f} and {off.cpu_ms:.3f} ms of processor time an order")
    return compared(traced, plain)


def compared(traced: Sequence[Sample], plain: Sequence[Sample]) -> Cost:
    """Return the cost from pairs of samples."""
    on = np.concatenate([each.latencies_ms for each in traced])
    off = np.concatenate([each.latencies_ms for each in plain])
    chance = np.random.default_rng(1)
    ratios = [
        _p99(chance.choice(on, on.size)) / _p99(chance.choice(off, off.size)) for _ in range(_RESAMPLES)
    ]
    low, high = np.quantile(ratios, (0.025, 0.975))
    pairs = list(zip(traced, plain, strict=True))
    return Cost(
        cpu_ratios=tuple(one.cpu_ms / other.cpu_ms for one, other in pairs),
        cpu_us_per_order=statistics.median((one.cpu_ms - other.cpu_ms) * 1e3 for one, other in pairs),
        p99_ratio=_p99(on) / _p99(off),
        p99_interval=(float(low), float(high)),
    )


def _p99(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    return float(np.quantile(values, 0.99, method="inverted_cdf"))


def _run(seconds: float, seed: int, endpoint: str) -> Sample:
    wanted = ["--seconds", str(seconds), "--seed", str(seed), "--endpoint", endpoint]
    done = subprocess.run(  # noqa: S603 (our own module, no shell)
        [sys.executable, "-m", "proofs.traced.cost", *wanted], stdout=subprocess.PIPE, text=True, check=True
    )
    found = json.loads(done.stdout)
    return Sample(found["orders"], found["cpu_ms"], tuple(found["latencies_ms"]))


@contextmanager
def _collector() -> Iterator[str]:
    """Run a collector that counts; yield its endpoint."""
    process = subprocess.Popen(  # our own module, no shell
        [sys.executable, "-m", "proofs.traced.receiver"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate("")


def _latencies_ms(result: FusedResult) -> list[float]:
    """Return how long each order took from its frame to the journal, by the clock that shows how long the work took."""
    [orders] = told(result, [_ORDERS]).values()
    ways = {record.key: Lineage(record.headers[LINEAGE]).hops() for record in orders}
    return [(hops[-1].out_ns - hops[0].in_ns) / MILLISECOND for hops in ways.values()]


def main(argv: Sequence[str] | None = None) -> int:
    """Run once and print the sample as JSON."""
    parser = argparse.ArgumentParser(prog="python -m proofs.traced.cost", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--endpoint", default="", help="OTLP/HTTP; without one nothing is traced")
    given = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="sextant-cost-"))
    import aiohttp  # noqa: F401  # every service has it loaded, for its health: not a cost of tracing

    began_s = time.process_time()
    if given.endpoint:
        with exporting(given.endpoint) as exported:
            result = trade(folder, given.seconds, given.seed, exported.sink, _quiet)
    else:
        result = trade(folder, given.seconds, given.seed, NoSpans(), _quiet)
    took_s = time.process_time() - began_s
    latencies = _latencies_ms(result)
    shown = {"orders": len(latencies), "cpu_ms": took_s / len(latencies) * 1e3, "latencies_ms": latencies}
    print(json.dumps(shown))
    return 0


def _quiet(line: str) -> None:
    """Say nothing."""


if __name__ == "__main__":
    raise SystemExit(main())
