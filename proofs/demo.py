"""The demo, judged by what it promises: it trades on many assets with any seed, hardly at all on a quiet market, soon, and in little memory.

`make prove NAME=demo [SEED=7]` runs it over Kafka with the seed, with another one, and on a quiet market without drift. The control
judges the quiet run as if it had been a trading one, and must find it short.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sextant.core.errors import SextantError
from sextant.demo.plan import Plan
from sextant.demo.proof import prove_run
from sextant.demo.report import Report, failures

VENUES: Final = 3
FILLED: Final = 20
ASSETS: Final = 8
#: On a quiet market fewer orders than this.
QUIET: Final = 5
FIRST_ORDER_S: Final = 30.0
_SECONDS: Final = 60.0
SERVICE_MB: Final = 300.0


def trading_shortfalls(report: Report) -> Iterator[str]:
    """Yield how a run on a trading market falls short."""
    yield from failures(report)
    yield from _resources(report)
    if len(report.venues) != VENUES:
        yield f"venues: expected {VENUES}, was {len(report.venues)}"
    if report.orders.get("FILLED", 0) < FILLED:
        yield f"orders: expected {FILLED} filled or more, was {report.orders.get('FILLED', 0)}"
    if len(report.filled_assets) < ASSETS:
        yield f"filled_assets: expected {ASSETS} or more, was {len(report.filled_assets)}"
    if report.first_order_s is None or report.first_order_s > FIRST_ORDER_S:
        yield f"first_order_s: expected at most {FIRST_ORDER_S:g}, was {report.first_order_s}"


def quiet_shortfalls(report: Report) -> Iterator[str]:
    """Yield how a run on a quiet market falls short."""
    yield from failures(report)
    yield from _resources(report)
    if sum(report.orders.values()) >= QUIET:
        yield f"orders: expected fewer than {QUIET} on a quiet market, was {sum(report.orders.values())}"


def _resources(report: Report) -> Iterator[str]:
    for name, size in report.rss_mb.items():
        if name != "total" and size >= SERVICE_MB:
            yield f"rss_mb of {name}: expected below {SERVICE_MB:g}, was {size}"


def figures(report: Report) -> dict[str, Any]:
    """Return what is shown of a run."""
    return {
        "seed": report.seed,
        "orders": dict(report.orders),
        "filled_assets": len(report.filled_assets),
        "fixes": report.fixes,
        "degraded_fixes": report.degraded_fixes,
        "first_order_s": report.first_order_s and round(report.first_order_s, 1),
        "tick_to_order_ms": dict(report.tick_to_order_ms),
        "orders_traced_ratio": report.orders_traced_ratio,
        "largest_service_mb": max(size for name, size in report.rss_mb.items() if name != "total"),
        "total_mb": report.rss_mb["total"],
        "invariants": all(report.invariants.values()),
    }


def prove(plan: Plan, progress: Callable[[str], None]) -> tuple[dict[str, Any], list[str]]:
    """Return the figures of three runs and what falls short. Raises what prove_run() raises."""
    runs = {
        "first": plan,
        "other seed": replace(plan, seed=plan.seed + 4),
        "quiet market": replace(plan, quiet_market=True),
    }
    reports = {}
    for number, (name, each) in enumerate(runs.items()):
        progress(f"{name}: seed {each.seed}, {each.seconds:g} s")
        own = replace(each, folder=plan.folder / str(number))
        reports[name] = prove_run(own, progress, is_interactive=False)
    quiet = reports["quiet market"]
    short = [f"first: {each}" for each in trading_shortfalls(reports["first"])]
    short += [f"other seed: {each}" for each in trading_shortfalls(reports["other seed"])]
    short += [f"quiet market: {each}" for each in quiet_shortfalls(quiet)]
    control = list(trading_shortfalls(quiet))
    if not control:
        short.append("control: the quiet run passed as a trading one")
    shown: dict[str, Any] = {name: figures(report) for name, report in reports.items()}
    return {**shown, "control: the quiet run judged as a trading one": control}, short


def main(argv: Sequence[str] | None = None) -> int:
    """Run the proof of the command line; return the exit code."""
    arguments = _parser().parse_args(argv)
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="sextant-demo-"))
    begin = time.monotonic()

    def progress(line: str) -> None:
        print(f"{time.monotonic() - begin:6.1f} s  {line}", flush=True)

    print(
        f"proof demo, seed {arguments.seed}, {_SECONDS:g} s a run; SCALE changes nothing; files in {folder}",
        flush=True,
    )
    try:
        shown, short = prove(Plan(folder=folder, seconds=_SECONDS, seed=arguments.seed), progress)
    except (SextantError, TimeoutError, OSError) as error:
        print(f"the proof has failed: {error}\nlogs: {folder}", file=sys.stderr)
        return 1
    print(json.dumps(shown, indent=1))
    print("\n".join(short) if short else "the proof holds: the demo does what it promises")
    return 1 if short else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.demo", description=__doc__, epilog="example: python -m proofs.demo --seed 7"
    )
    parser.add_argument(
        "--scale",
        choices=("small", "full"),
        default="full",
        help="both trade for as long as the demo does: what is promised is promised of a minute",
    )
    parser.add_argument("--seed", type=int, default=7, help="of the market (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=None, help="where logs and data go")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
