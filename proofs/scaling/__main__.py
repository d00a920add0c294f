"""Workers of strategies come and go while vectors of forty instruments flow: no signal is missed or doubled, and none waits long.

`make prove NAME=scaling [SCALE=small|full] [SEED=7]` starts a real broker and one worker, adds and removes workers by SIGTERM and by
SIGKILL, and compares the log of signals with a single worker's offline fold of the same vectors: ids, values and order. Pauses are read
from the log's own stamps. Then it measures what a vector costs at one, two and four workers. The control begins with workers that
do not recover what was known before them, which must change signals.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from proofs.scaling.costs import shortfalls
from proofs.scaling.moves import make_moves
from proofs.scaling.pauses import limit_s
from proofs.scaling.run import Outcome, Scale, Scaling
from sextant.core.errors import SextantError
from sextant.demo.proof import terminable
from sextant.stack import Stack, StackError

SCALES: Final = {
    "small": Scale(moves=6, rounds=3, vectors=10_000, steady_s=2.0),
    "full": Scale(moves=30, rounds=5, vectors=60_000, steady_s=6.0),
}


def judge(outcome: Outcome) -> Iterator[str]:
    """Yield what falls short of the promise."""
    said = outcome.comparison
    if said.differences or not said.expected:
        yield f"signals: expected {said.expected} as of a single worker, was {json.dumps(asdict(said))}"
    for pause in outcome.pauses:
        limit = limit_s(pause.moved, outcome.session_timeout_ms)
        if pause.longest_s > limit:
            yield f"{pause.moved}: expected a pause of at most {limit:g} s, was {pause.longest_s:.2f} s in partition {pause.partition}"
    if outcome.costs:
        yield from shortfalls(outcome.costs)
    if not outcome.control.differences:
        yield "control: workers without recovery said the same signals: nothing is proven"
    for name in outcome.unclean:
        yield f"worker {name}: did not leave in good order"


def lines(outcome: Outcome) -> Iterator[str]:
    """Yield the outcome for people."""
    said, control = outcome.comparison, outcome.control
    yield (
        f"signals: {said.applied} of {said.vectors} vectors, {said.said_again} said again after kills, "
        f"{said.differences} differ from the fold of a single worker"
    )
    for pause in outcome.pauses:
        limit = limit_s(pause.moved, outcome.session_timeout_ms)
        yield (
            f"{pause.moved!s:<24} longest pause {pause.longest_s:5.2f} s (median of partitions "
            f"{pause.median_s:4.2f} s, allowed {limit:g} s)"
        )
    for cost in outcome.costs:
        yield (
            f"{cost.workers} workers: {cost.full_us:5.0f} us a vector at saturation, {cost.ratio:.2f} times one worker's "
            f"(rounds {min(cost.ratios):.2f} to {max(cost.ratios):.2f}); {cost.steady_us:5.0f} us at the steady rate, "
            f"{cost.net_us:5.0f} us of it above being there ({cost.idle:.1%} of a core each)"
        )
    yield f"control: {control.differences} signals differ without recovery"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the proof of the command line; return the exit code."""
    arguments = _parser().parse_args(argv)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    begin = time.monotonic()

    def progress(line: str) -> None:
        print(f"{time.monotonic() - begin:6.1f} s  {line}", flush=True)

    scale = SCALES[arguments.scale]
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="sextant-scaling-"))
    print(f"proof scaling, scale {arguments.scale}, seed {arguments.seed}, files in {folder}", flush=True)
    stack = Stack(folder / "stack", services=["kafka"], disk_cap_mb=4096, progress=progress)
    moves = make_moves(arguments.seed, scale.moves)
    try:
        with terminable():
            bootstrap = stack.up().bootstrap
            outcome = asyncio.run(Scaling(bootstrap, folder, arguments.seed, moves, scale, progress).run())
    except (SextantError, StackError, TimeoutError, OSError) as error:
        print(f"the proof has failed: {error}\nlogs: {folder}", file=sys.stderr)
        return 1
    finally:
        stack.down()
    print("\n".join(lines(outcome)))
    if arguments.report is not None:
        arguments.report.write_text(json.dumps(asdict(outcome), indent=2) + "\n", encoding="utf-8")
    problems = list(judge(outcome))
    print("\n".join(problems) if problems else "the proof holds: nobody downstream can tell who answered")
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.scaling",
        description=__doc__,
        epilog="example: python -m proofs.scaling --scale small --seed 7",
    )
    parser.add_argument("--scale", choices=sorted(SCALES), default="small", help="6 or 30 moves")
    parser.add_argument("--seed", type=int, default=7, help="of the vectors and of the moves")
    parser.add_argument("--report", type=Path, default=None, help="write the outcome as JSON")
    parser.add_argument("--folder", type=Path, default=None, help="where logs and data go, and stay")
    return parser


if __name__ == "__main__":
    sys.exit(main())
