"""`sextant demo` and `sextant paper`."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sextant.core.errors import SextantError
from sextant.demo.plan import Plan
from sextant.demo.runs import leave, new_run
from sextant.demo.venues import unreachable

_FAILED = 1
_SECONDS, _SEED = 60.0, 7


class BusKind(StrEnum):
    """What carries records between stages."""

    KAFKA = "kafka"
    MEMORY = "memory"


def demo(
    seconds: Annotated[float, typer.Option(min=5, help="How long to trade.")] = _SECONDS,
    bus: Annotated[
        BusKind,
        typer.Option(
            help="kafka: every service a process; memory: all stages fused in one, on a virtual clock."
        ),
    ] = BusKind.KAFKA,
    seed: Annotated[int, typer.Option(help="Seed of the simulated market.")] = _SEED,
    recording: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Play a recording as three venues instead."),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0, help="Speed of the recording over Kafka; 0 is as fast as it goes.")
    ] = 1.0,
    report: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    keep: Annotated[
        bool,
        typer.Option(
            help="Keep data, logs and archive of the run; a good run's files are removed otherwise."
        ),
    ] = False,
    quiet_market: Annotated[bool, typer.Option(help="A flat market: few orders are expected.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where the run's files go, and stay but for the servers' data.")
    ] = None,
) -> None:
    """Run the whole platform on this machine and prove that nothing was lost.

    \b
    Example: sextant demo --seconds 30 --seed 11
    Example: sextant demo --bus memory
    Example: sextant demo --recording DIR --speed 10 --report report.json
    """
    plan = Plan(
        folder=folder or Path(),
        seconds=seconds,
        seed=seed,
        recording=recording,
        speed=speed,
        keep=keep,
        quiet_market=quiet_market,
    )
    for line in not_applied(plan, bus):
        typer.echo(line, err=True)
    if bus is BusKind.MEMORY:
        raise typer.Exit(_fused(plan, report))
    raise typer.Exit(_in_folder("run", plan, folder, report))


def not_applied(plan: Plan, bus: BusKind) -> list[str]:
    """Return a sentence for each option that was given and changes nothing in this run."""
    said = []
    if bus is BusKind.MEMORY and plan.keep:
        said.append("--keep does not apply to --bus memory: a fused run writes no files but its --report")
    if bus is BusKind.MEMORY and plan.folder != Path():
        said.append("--folder does not apply to --bus memory: a fused run writes no files but its --report")
    if bus is BusKind.MEMORY and plan.speed != 1:
        said.append("--speed does not apply to --bus memory: its clock is virtual, it runs as fast as it can")
    elif plan.recording is None and plan.speed != 1:
        said.append("--speed does not apply without --recording: simulated exchanges trade in real time")
    if plan.recording is not None:
        chosen = {"--seconds": plan.seconds != _SECONDS, "--seed": plan.seed != _SEED}
        said += [
            f"{option} does not apply to --recording: it is what it is, and is played to its end"
            for option, is_given in {**chosen, "--quiet-market": plan.quiet_market}.items()
            if is_given
        ]
    return said


def paper(
    assets: Annotated[str, typer.Option(help="Base assets, separated by commas.")] = "BTC,ETH",
    seconds: Annotated[float, typer.Option(min=5, help="How long to trade; Ctrl-C ends it sooner.")] = 3600.0,
    report: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where the run's files go.")] = None,
) -> None:
    """Trade on paper on the real venues' public data; no keys, no orders leave this machine.

    Example: sextant paper --assets BTC,ETH
    """
    chosen = tuple(filter(None, assets.upper().replace(" ", "").split(",")))
    missing = unreachable()
    if missing:
        for host, reason in missing.items():
            typer.echo(f"{host} cannot be reached: {reason}", err=True)
        typer.echo(
            "Paper trading needs these hosts. The same platform on simulated exchanges: sextant demo",
            err=True,
        )
        raise typer.Exit(1)
    plan = Plan(folder=folder or Path(), seconds=seconds, assets=chosen, is_public=True, keep=True)
    raise typer.Exit(_in_folder("paper", plan, folder, report))


def _in_folder(prefix: str, plan: Plan, folder: Path | None, report: Path | None) -> int:
    """Run over Kafka in the folder that was asked for, or in one of our own that goes when the run was good."""
    if folder is not None:
        return _over_kafka(plan, report)
    own, removed = new_run(prefix, is_kept=plan.keep)
    if removed:
        typer.echo(f"removed {len(removed)} old runs under {own.parent}")
    code = _FAILED
    try:
        code = _over_kafka(replace(plan, folder=own), report)
    finally:
        typer.echo(leave(own, is_good=code == 0))
    return code


def _over_kafka(plan: Plan, report_file: Path | None) -> int:
    from sextant.demo.proof import prove_run
    from sextant.demo.report import failures, render, write_json

    console, begin = Console(), time.monotonic()

    def progress(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - begin:6.1f} s[/dim]  {line}", highlight=False)

    try:
        report = prove_run(plan, progress, is_interactive=console.is_terminal)
    except KeyboardInterrupt:
        console.print("stopped; every process of the run has ended")
        return 130
    except (SextantError, TimeoutError, OSError) as error:
        console.print(f"[red]the run failed:[/red] {error}", highlight=False)
        _show_logs(plan, console)
        return _FAILED
    console.print(render(report))
    if report_file is not None:
        write_json(report, report_file)
        console.print(f"report: {report_file}")
    problems = failures(report)
    if problems:
        _show_logs(plan, console)
    return _FAILED if problems else 0


def _show_logs(plan: Plan, console: Console) -> None:
    for log in sorted(plan.logs.glob("*.log")):
        console.print(f"log of {log.stem}: {log}", highlight=False, soft_wrap=True)


def _fused(plan: Plan, report_file: Path | None) -> int:
    arguments = ["--seconds", str(plan.seconds), "--seed", str(plan.seed)]
    if plan.recording is not None:
        arguments += ["--recording", str(plan.recording)]
    if report_file is not None:
        arguments += ["--report", str(report_file)]
    if plan.quiet_market:
        arguments.append("--quiet-market")
    return subprocess.run([sys.executable, "-m", "topologies.fused", *arguments], check=False).returncode  # noqa: S603
