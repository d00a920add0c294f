"""Every order is one whole trace, from the venue's frame to the ledger's entry; and what that costs.

`make prove NAME=tracing [SCALE=small|full] [SEED=7]` trades on a busy simulated market in one process, with the stages, the order machine,
the books and the exporter that services have; a collector of its own receives the spans over OTLP/HTTP, and each decision, order, fill and entry
of the log is compared with them. The control leaves out the spans of one stage and must find every order broken. At full scale it does
the same for a run of the whole platform over Kafka, a process a service, and measures what tracing costs in interleaved pairs of runs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from proofs.traced.cost import PAIRS, measure
from proofs.traced.edges import TOPICS, Verdict, judge
from proofs.traced.exporting import exporting
from proofs.traced.over_kafka import trade_over_kafka
from proofs.traced.receiver import Receiver, serving
from proofs.traced.run import told, trade
from sextant.core.errors import SextantError
from sextant.telemetry.span import Span

#: Whose spans the control leaves out.
_LEFT_OUT: Final = "features"


@dataclass(frozen=True, slots=True)
class Scale:
    """`seconds` of the market's time give `orders` filled orders or more; `kafka_s` are seconds of the platform over Kafka, 0 for none."""

    orders: int
    seconds: float
    kafka_s: float
    cost_seconds: float
    pairs: int


SCALES: Final = {
    "small": Scale(orders=500, seconds=4.0, kafka_s=0.0, cost_seconds=4.0, pairs=0),
    "full": Scale(orders=10_000, seconds=60.0, kafka_s=60.0, cost_seconds=6.0, pairs=PAIRS),
}
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Traced:
    """What was received of a run, judged; and judged again without one stage's spans."""

    verdict: Verdict
    control: Verdict
    lost: int = 0

    def shown(self) -> dict[str, Any]:
        verdict = self.verdict
        return {
            "decisions": verdict.whole + len(verdict.broken),
            "orders": verdict.orders,
            "filled_orders": verdict.filled,
            "refused_intents": verdict.refused,
            "whole_traces": verdict.whole,
            "broken": dict(list(verdict.broken.items())[:5]),
            "spans": verdict.spans,
            "spans_exported_again": verdict.copies,
            "spans_lost": self.lost,
            "spans_without_parent": verdict.orphans,
            "links": verdict.links,
            "edges": {" -> ".join(edge): count for edge, count in sorted(verdict.edges.items())},
            f"control: without the spans of {_LEFT_OUT}": f"{self.control.whole} whole, {len(self.control.broken)} broken",
        }

    def shortfalls(self, orders: int) -> list[str]:
        short = list(self.verdict.shortfalls(orders))
        if self.lost:
            short.append(f"spans: expected none lost, was {self.lost}")
        if self.control.whole:
            short.append(f"control: without {_LEFT_OUT} {self.control.whole} traces passed as whole")
        return short


def judged(log: Mapping[str, Sequence[Any]], spans: Sequence[Span], lost: int = 0) -> Traced:
    """Judge a run, and judge it as it would be if one stage had sent nothing."""
    rest = [span for span in spans if span.service != _LEFT_OUT]
    return Traced(judge(log, spans), judge(log, rest), lost)


def prove_fused(scale: Scale, seed: int, folder: Path, progress: Progress) -> Traced:
    """Trade in this process, exporting over OTLP/HTTP to a collector on the loopback."""
    receiver = Receiver()
    with serving(receiver) as endpoint, exporting(endpoint) as exported:
        result = trade(folder, scale.seconds, seed, exported.sink, progress)
    return judged(told(result, TOPICS), receiver.spans, exported.lost)


def prove(scale: Scale, seed: int, folder: Path, progress: Progress) -> tuple[dict[str, Any], list[str]]:
    """Return the figures and what falls short. Raises SextantError, TimeoutError, OSError, subprocess.CalledProcessError."""
    progress(f"one process: {scale.seconds:g} s of the market, spans by OTLP/HTTP")
    fused = prove_fused(scale, seed, folder, progress)
    shown: dict[str, Any] = {"one process": fused.shown()}
    short = [f"one process: {each}" for each in fused.shortfalls(scale.orders)]
    if scale.kafka_s:
        progress(f"over Kafka, a process a service: {scale.kafka_s:g} s")
        traced = judged(*trade_over_kafka(folder / "kafka", scale.kafka_s, seed, progress))
        shown["over Kafka"] = traced.shown()
        short += [f"over Kafka: {each}" for each in traced.shortfalls(1)]
    if scale.pairs:
        progress(f"what it costs: {scale.pairs} pairs of runs over {scale.cost_seconds:g} s of the market")
        cost = measure(scale.cost_seconds, seed, scale.pairs, progress)
        shown["cost"] = cost.shown()
        short += [f"cost: {each}" for each in cost.shortfalls()]
    return shown, short


def main(argv: Sequence[str] | None = None) -> int:
    """Run the proof of the command line; return the exit code."""
    arguments = _parser().parse_args(argv)
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="sextant-tracing-"))
    begin = time.monotonic()

    def progress(line: str) -> None:
        print(f"{time.monotonic() - begin:6.1f} s  {line}", flush=True)

    print(f"proof tracing, scale {arguments.scale}, seed {arguments.seed}; files in {folder}", flush=True)
    try:
        shown, short = prove(SCALES[arguments.scale], arguments.seed, folder, progress)
    except (SextantError, TimeoutError, OSError, subprocess.CalledProcessError) as error:
        print(f"the proof has failed: {error}\nfiles: {folder}", file=sys.stderr)
        return 1
    print(json.dumps({"seed": arguments.seed, **shown}, indent=1))
    print("\n".join(short) if short else "the proof holds: every order is one whole trace")
    return 1 if short else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.tracing",
        description=__doc__,
        epilog="example: python -m proofs.tracing --scale small",
    )
    parser.add_argument(
        "--scale",
        choices=tuple(SCALES),
        default="full",
        help="500 orders in one process, or 10,000, the platform over Kafka and the cost (default: full)",
    )
    parser.add_argument("--seed", type=int, default=7, help="of the market (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=None, help="where configuration, logs and data go")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
