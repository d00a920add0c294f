"""A platform that stays: the process behind `sextant up`, which holds everything and ends with all of it.

`python -m sextant.demo.standing_platform --folder DIR` opens a run, tells its addresses in DIR/up.json and waits for SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from sextant.core.errors import SextantError
from sextant.demo.children import ChildFailed
from sextant.demo.lookouts import Lookouts
from sextant.demo.plan import SERVICES, Plan
from sextant.demo.platform_run import Run
from sextant.demo.proof import terminable
from sextant.demo.runs import mark_running
from sextant.stack import StackError
from sextant.stack.secret import private_file

#: What the platform tells of itself, once everything is ready.
TOLD: Final = "up.json"
_LOOK_S: Final = 0.5
#: How long the console may take to tell its ports.
_CONSOLE_S: Final = 30.0


def main(argv: Sequence[str] | None = None) -> int:
    """Hold a platform until SIGTERM; return 1 when it could not be started."""
    arguments = _parser().parse_args(argv)
    plan = Plan(folder=arguments.folder, seed=arguments.seed, keep=True)
    plan.folder.mkdir(parents=True, exist_ok=True)
    mark_running(plan.folder)
    begin = time.monotonic()

    def progress(line: str) -> None:
        print(f"{time.monotonic() - begin:6.1f} s  {line}", flush=True)

    run = Run(plan, progress)
    with terminable():
        try:
            _hold(run)
        except KeyboardInterrupt:
            progress("stopping")
        except (SextantError, StackError, TimeoutError, OSError) as error:
            print(f"error: {error}", flush=True)
            return 1
        finally:
            (plan.folder / TOLD).unlink(missing_ok=True)
            run.stop_services()
            run.close()
    return 0


def _hold(run: Run) -> None:
    lookouts = Lookouts(run.children, run.plan.folder / "lookouts", run.progress)
    run.plan = replace(run.plan, otlp_endpoint=lookouts.jaeger())
    run.open()
    run.show(on_terminal=False)
    run.children.wait_for("console", lambda: run.operator_port("console") > 0, seconds=_CONSOLE_S)
    lookouts.prometheus({name: run.health_port(name) for name in (*SERVICES, "console")})
    for name in lookouts.missing:
        run.progress(f"{name} is not installed here, so there is none")
    private_file(run.plan.folder / TOLD, json.dumps(_addresses(run, lookouts.urls), indent=1))
    run.progress("everything is up")
    while True:
        time.sleep(_LOOK_S)
        try:
            run.children.check()
        except ChildFailed as error:
            # The others go on: whoever looks at them wants to see what a missing one does.
            run.progress(f"error: {error}")
            run.children.pass_over_ended()


def _addresses(run: Run, lookouts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    plan = run.plan
    return {
        "servers": dict(line.split("=", 1) for line in run.addresses.as_lines()),
        "venues": {name: f"http://127.0.0.1:{port}" for name, port in sorted(run.venue_ports.items())},
        "services": {
            name: f"http://127.0.0.1:{run.health_port(name)}/metrics" for name in (*SERVICES, "console")
        },
        "operators": {
            "SEXTANT_OPERATOR": f"127.0.0.1:{run.operator_port('console')}",
            "SEXTANT_DOOR": f"127.0.0.1:{run.operator_port('execution')}",
            "SEXTANT_OPERATOR_TOKEN_FILE": str(plan.folder / "keys" / "operator.token"),
        },
        "lookouts": dict(lookouts),
        "files": {
            "configuration": str(plan.run_config),
            "logs": str(plan.logs),
        },
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sextant.demo.standing_platform",
        description=__doc__,
        epilog="example: python -m sextant.demo.standing_platform --folder .sextant/runs/up",
    )
    parser.add_argument("--folder", type=Path, required=True, help="where its files go")
    parser.add_argument("--seed", type=int, default=7, help="of the simulated market")
    return parser


if __name__ == "__main__":
    sys.exit(main())
