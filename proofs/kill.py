"""Kill everything in turn while the platform trades: nothing is lost, nothing is doubled, every order is traced.

`python -m proofs.kill --scale small|full --seed N [--report FILE]` prints seed, schedule, counts, recovery times, invariants and a
control; it exits with 1 when a promise was broken, when fewer faults than wanted were dealt or they hit nothing, or when the control
doubled nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from proofs.faults.aftermath import Aftermath, read_aftermath
from proofs.faults.control import Control, run_control
from proofs.faults.midstep import STAGE
from proofs.faults.schedule import Wave, count, kills_of, make_schedule
from proofs.faults.striker import Striker
from proofs.faults.telling import ControlRun, Outcome, doubled_in
from proofs.faults.venues import delay_replies, heal
from sextant.bus.kafka import KafkaBus
from sextant.core.errors import SextantError
from sextant.demo.plan import Plan
from sextant.demo.platform_run import Run
from sextant.demo.proof import report_of, terminable
from sextant.demo.report import Report, failures

#: Faults of each scale.
SCALES: Final = {"small": 20, "full": 200}
#: Kills of the control run, each between acknowledgement and commit: what is said again holds a trade only now and then.
_CONTROL_KILLS: Final = 8
#: Some of the shipped ones: what the machine has left is spent on starting services again.
_ASSETS: Final = ("BTC", "ETH", "SOL", "XRP")
#: Replies of venues are this late, so that kills find calls under way, ms.
_REPLY_MS: Final = 500
Progress = Callable[[str], None]


def prove(
    seed: int, faults: int, folder: Path, progress: Progress, *, has_control_run: bool, keep: bool = False
) -> Outcome:
    """Return the outcome of one proof. Raises what Run.open() and Striker.strike() raise; stops everything whatever happens."""
    plan = Plan(folder=folder / "run", seed=seed, assets=_ASSETS, session_timeout_ms=3_000, keep=keep)
    outcome = _proof(plan, make_schedule(seed, faults), progress)
    if has_control_run:
        progress("the control: a whole run without the identity check")
        other = replace(plan, folder=folder / "control", faults=frozenset({"identity-off"}))
        control = _proof(other, kills_of(STAGE, seed, _CONTROL_KILLS), progress)
        # Whole traces or not: this control must break something else.
        findings = failures(control.report, traces_are_whole=False)
        outcome = replace(outcome, control_run=ControlRun(findings, doubled_in(control)))
    return outcome


def _proof(plan: Plan, schedule: tuple[Wave, ...], progress: Progress) -> Outcome:
    run = Run(plan, progress)
    with terminable():
        try:
            run.open()
            striker = Striker(run, progress)
            delay_replies(run.venue_ports.values(), _REPLY_MS)
            striker.strike(schedule)
            heal(run.venue_ports.values())
            run.drain()
            servers_mb = run.server_rss_mb()
            run.stop_services()
            progress("checking what the run left")
            report, aftermath, control = asyncio.run(_judge(run, servers_mb, progress))
        finally:
            run.close()
    return Outcome(
        seed=plan.seed,
        wanted=count(schedule),
        struck=striker.struck,
        takeovers=striker.takeovers,
        gave_up=striker.gave_up,
        aimed=striker.aimed,
        mid_step=striker.mid_step,
        report=report,
        aftermath=aftermath,
        control=control,
    )


async def _judge(run: Run, servers_mb: float, progress: Progress) -> tuple[Report, Aftermath, Control]:
    report = await report_of(run, servers_mb, progress)
    bus = KafkaBus(run.addresses.bootstrap, client_id="sextant-proof")
    await bus.start()
    try:
        aftermath = await read_aftermath(bus)
        progress("the control: the same records with the identity check on and off")
        return report, aftermath, await run_control(bus, run.plan.run_config, run.plan.seed)
    finally:
        await bus.stop()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the proof of the command line; return the exit code."""
    arguments = _parser().parse_args(argv)
    # The client tells of every retry while a broker starts; what matters comes as an error.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="sextant-kill-"))
    begin = time.monotonic()

    def progress(line: str) -> None:
        print(f"{time.monotonic() - begin:6.1f} s  {line}", flush=True)

    print(f"proof kill, scale {arguments.scale}, seed {arguments.seed}, files in {folder}", flush=True)
    try:
        outcome = prove(
            arguments.seed,
            SCALES[arguments.scale],
            folder,
            progress,
            has_control_run=arguments.scale == "full",
            keep=arguments.folder is not None,
        )
    except (SextantError, TimeoutError, OSError) as error:
        print(f"the proof has failed: {error}\nlogs: {folder}", file=sys.stderr)
        return 1
    print("\n".join(outcome.lines()))
    if arguments.report is not None:
        arguments.report.write_text(json.dumps(outcome.to_json(), indent=2) + "\n", encoding="utf-8")
    problems = outcome.failures()
    print(
        "\n".join(problems)
        if problems
        else "the proof holds: nothing was lost or doubled, all orders are traced"
    )
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.kill",
        description=__doc__,
        epilog="example: python -m proofs.kill --scale small --seed 7",
    )
    parser.add_argument("--scale", choices=sorted(SCALES), default="small", help="20 or 200 faults")
    parser.add_argument("--seed", type=int, default=7, help="of the market and of the schedule")
    parser.add_argument("--report", type=Path, default=None, help="write the outcome as JSON")
    parser.add_argument("--folder", type=Path, default=None, help="where logs and data go, and stay")
    return parser


if __name__ == "__main__":
    sys.exit(main())
