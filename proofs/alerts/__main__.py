"""Every alert whose cause can be dealt fires in time on a real Prometheus and Alertmanager, and none without a cause.

`python -m proofs.alerts --scale small|full --seed N [--report FILE]` runs the platform, lets clean time pass, asks every query of the
dashboards, then deals one fault after the other. It exits with 1 when an alert was late, silent or without a cause, or a panel empty.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from deploy.observability.boards import all_boards
from proofs.alerts.causes import CAUSES, NOT_DEALT, Cause
from proofs.alerts.lookout import Lookout, missing
from proofs.alerts.receiver import Receiver
from proofs.alerts.rules import promises
from proofs.alerts.scene import Scene
from proofs.alerts.telling import Fired, Outcome
from sextant.core.errors import SextantError
from sextant.demo.plan import Plan
from sextant.demo.platform_run import Run
from sextant.demo.proof import terminable

#: Seconds without a fault at each scale; warnings are judged at full scale only.
CLEAN_S: Final = {"small": 60.0, "full": 600.0}
#: What a start leaves behind passes before anything is judged, s.
_SETTLE_S: Final = 30.0
_LOOK_S: Final = 0.5
#: How long alerts may take to end once their fault is mended, s.
_CALM_S: Final = 120.0
_TOLD_S: Final = 30.0
_ASSETS: Final = ("BTC", "ETH", "SOL", "XRP")
Progress = Callable[[str], None]
#: What must fire, with labels that it must have.
Labels = Mapping[str, Mapping[str, str]]


class Proof:
    """One proof on a run under way."""

    def __init__(self, run: Run, scale: str, progress: Progress) -> None:
        self._run, self._scale, self._progress = run, scale, progress
        self._promises = promises()
        self._receiver = Receiver()
        self._lookout = Lookout(run, self._receiver)
        self._outcome = Outcome(CLEAN_S[scale])

    def make(self) -> Outcome:
        """Let clean time pass, look at the dashboards, deal the faults. Raises what the run and its parts raise."""
        try:
            self._lookout.start()
            self._progress("Prometheus and Alertmanager look on; letting the start pass")
            time.sleep(_SETTLE_S)
            self._stay_clean()
            self._look_at_boards()
            for cause in CAUSES:
                self._deal(cause)
        finally:
            self._receiver.close()
        dealt = {each.promise.alert for each in self._outcome.fired}
        self._outcome.not_dealt = {
            name: NOT_DEALT.get(name, "a warning, judged at full scale")
            for name in self._promises
            if name not in dealt
        }
        return self._outcome

    def _stay_clean(self) -> None:
        self._progress(f"{self._outcome.clean_s:.0f} s without a fault")
        noise: dict[str, list[dict[str, str]]] = {}
        end = time.monotonic() + self._outcome.clean_s
        while time.monotonic() < end:
            self._run.children.check()
            noise |= self._lookout.firing()
            time.sleep(_LOOK_S)
        self._outcome.noise, self._outcome.load = noise, os.getloadavg()[0]

    def _look_at_boards(self) -> None:
        outcome = self._outcome
        for board in all_boards(self._run.venue_ports):
            for panel in board.panels():
                for query in panel.queries:
                    outcome.panels += 1
                    if not self._lookout.query(query.expr):
                        outcome.empty.append(f"{board.title}, {panel.title}: {query.expr}")
        expr = 'sextant_tick_age_seconds_bucket{stage="execution"}'
        traces = self._run.plan.traces("execution").read_text(encoding="utf-8")
        for trace in self._lookout.exemplars(expr, outcome.clean_s):
            outcome.exemplars += 1
            if trace not in traces:
                outcome.unresolved.append(trace)

    def _deal(self, cause: Cause) -> None:
        wanted = {
            name: labels
            for name, labels in cause.alerts.items()
            if self._scale == "full" or self._promises[name].is_critical
        }
        if not wanted:
            return
        scene = Scene(self._run)
        self._progress(f"fault: {cause.name}")
        begun = time.monotonic()
        cause.strike(scene)
        self._lookout.aim()
        fired = self._await(wanted, begun)
        to_tell = [name for name, at in fired.items() if at is not None and name not in cause.held_back]
        told = self._await_told(to_tell, begun) | self._heard(cause.held_back & fired.keys(), begun)
        for name in wanted:
            self._outcome.fired.append(
                Fired(cause.name, self._promises[name], fired[name], told.get(name), name in cause.held_back)
            )
        cause.mend(scene)
        self._calm_down(cause, scene)

    def _await(self, wanted: Labels, begun: float) -> dict[str, float | None]:
        """Return when each alert fired, s after the fault; half as long again as promised is waited for, to say how late it is."""
        fired: dict[str, float | None] = dict.fromkeys(wanted)
        longest = 1.5 * max(self._promises[name].within_s for name in wanted)
        while None in fired.values() and time.monotonic() - begun < longest:
            now = self._lookout.firing()
            for name, labels in wanted.items():
                if fired[name] is None and _has(now.get(name, ()), labels):
                    fired[name] = time.monotonic() - begun
            time.sleep(_LOOK_S)
        return fired

    def _await_told(self, names: Sequence[str], begun: float) -> dict[str, float]:
        end = time.monotonic() + _TOLD_S
        while len(told := self._heard(names, begun)) < len(names) and time.monotonic() < end:
            time.sleep(_LOOK_S)
        return told

    def _heard(self, names: Iterable[str], begun: float) -> dict[str, float]:
        """Return when the webhook was told of each, s after the fault."""
        heard = {name: self._receiver.heard_s(name, begun) for name in names}
        return {name: at - begun for name, at in heard.items() if at is not None}

    def _calm_down(self, cause: Cause, scene: Scene) -> None:
        """Wait until every service is ready and the alerts have ended: what a fault leaves behind must not answer for the next one."""
        if cause.leaves_marks:
            return
        end = time.monotonic() + _CALM_S
        while time.monotonic() < end:
            is_whole = scene.revive()
            self._lookout.aim()
            if is_whole and not any(
                _has(self._lookout.firing().get(name, ()), labels) for name, labels in cause.alerts.items()
            ):
                return
            time.sleep(_LOOK_S)
        self._progress(f"still firing after: {cause.name}")


def _has(firing: Sequence[Mapping[str, str]], labels: Mapping[str, str]) -> bool:
    return any(labels.items() <= each.items() for each in firing)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the proof of the command line; return the exit code."""
    arguments = _parser().parse_args(argv)
    if absent := missing():
        print(f"not installed here, and needed: {', '.join(absent)}", file=sys.stderr)
        return 1
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="sextant-alerts-"))
    begin = time.monotonic()

    def progress(line: str) -> None:
        print(f"{time.monotonic() - begin:6.1f} s  {line}", flush=True)

    print(f"proof alerts, scale {arguments.scale}, seed {arguments.seed}, files in {folder}", flush=True)
    run = Run(Plan(folder=folder / "run", seed=arguments.seed, assets=_ASSETS), progress)
    with terminable():
        try:
            run.open()
            outcome = Proof(run, arguments.scale, progress).make()
        except (SextantError, TimeoutError, OSError) as error:
            print(f"the proof has failed: {error}\nlogs: {folder}", file=sys.stderr)
            return 1
        finally:
            run.close()
    print("\n".join(outcome.lines()))
    if arguments.report is not None:
        arguments.report.write_text(json.dumps(outcome.to_json(), indent=2) + "\n", encoding="utf-8")
    problems = outcome.failures()
    print(
        "\n".join(problems)
        if problems
        else "the proof holds: every fault was told of in time, and nothing else"
    )
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.alerts",
        description=__doc__,
        epilog="example: python -m proofs.alerts --scale small --seed 7",
    )
    parser.add_argument(
        "--scale", choices=sorted(CLEAN_S), default="small", help="critical alerts, or warnings too"
    )
    parser.add_argument("--seed", type=int, default=7, help="of the market")
    parser.add_argument("--report", type=Path, default=None, help="write the outcome as JSON")
    parser.add_argument("--folder", type=Path, default=None, help="where logs and data go, and stay")
    return parser


if __name__ == "__main__":
    sys.exit(main())
