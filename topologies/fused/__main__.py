"""`python -m topologies.fused`: runs a plan in this process, prints the checker's report, and ends with it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sextant.core.errors import SextantError
from sextant.demo.plan import SHIPPED_CONFIG, Plan
from sextant.demo.report import Report, failures, make_report, render, write_json
from simulator.replay.recording import RecordingError
from topologies.fused.evidence import evidence_of
from topologies.fused.run import FusedResult, Progress, run_fused


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when the run went well, 1 when it failed or the checker found something, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    console = Console()

    def progress(line: str) -> None:
        console.print(f"[dim]{line}[/dim]", highlight=False)

    try:
        report = run_and_report(plan_of(options), progress)
    except KeyboardInterrupt:
        console.print("stopped")
        return 130
    except (SextantError, RecordingError, OSError, ValueError) as error:
        console.print(f"[red]the run failed:[/red] {error}", highlight=False)
        return 1
    console.print(render(report))
    if options.report is not None:
        write_json(report, options.report)
        console.print(f"report: {options.report}")
    return 1 if failures(report) else 0


def run_and_report(plan: Plan, progress: Progress) -> Report:
    """Run a plan and judge it. Raises what run_fused() and make_report() raise."""
    result = run_fused(plan, progress)
    progress(_figures(result))
    return asyncio.run(make_report(evidence_of(result, progress)))


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the plan that the command line describes."""
    return Plan(
        folder=Path(),  # a fused run writes no files
        seconds=options.seconds,
        seed=options.seed,
        recording=options.recording,
        config=options.config,
        quiet_market=options.quiet_market,
        assets=tuple(options.assets.split(",")) if options.assets else (),
    )


def _figures(result: FusedResult) -> str:
    per_stage = ", ".join(
        f"{name} {times.total_ns / times.records / 1_000:.0f}"
        for name, times in result.stage_times.items()
        if times.records
    )
    return (
        f"{result.virtual_s:.1f} s of the market's time in {result.wall_s:.1f} s ({result.speed:.1f}x), "
        f"{result.cpu_s:.1f} s of one core, "
        f"{result.frames} frames; µs per record: {per_stage}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m topologies.fused",
        description=__doc__,
        epilog="example: python -m topologies.fused --seconds 30 --seed 11 --report report.json",
    )
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="how long to trade, virtual s (simulated venues)"
    )
    parser.add_argument("--seed", type=int, default=7, help="seed of the simulated market")
    parser.add_argument("--recording", type=Path, help="play a recording as three venues instead")
    parser.add_argument("--report", type=Path, help="write the report as JSON")
    parser.add_argument("--config", type=Path, default=SHIPPED_CONFIG, help="the platform's YAML")
    parser.add_argument(
        "--assets", default="", help="base assets instead of the configured ones, such as BTC,ETH"
    )
    parser.add_argument("--quiet-market", action="store_true", help="a flat market: few orders are expected")
    return parser


if __name__ == "__main__":
    sys.exit(main())
