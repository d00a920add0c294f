"""`sextant demo` and `sextant paper`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sextant.core.errors import SextantError
from sextant.demo.plan import Plan
from sextant.demo.venues import unreachable


def demo(
    seconds: Annotated[float, typer.Option(min=5, help="How long to trade.")] = 60.0,
    bus: Annotated[
        str,
        typer.Option(
            help="kafka: every service a process; memory: all stages fused in one, on a virtual clock."
        ),
    ] = "kafka",
    seed: Annotated[int, typer.Option(help="Seed of the simulated market.")] = 7,
    recording: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Play a recording as three venues instead."),
    ] = None,
    speed: Annotated[float, typer.Option(min=0, help="Speed of the recording.")] = 1.0,
    report: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    keep: Annotated[bool, typer.Option(help="Keep data, logs and archive of the run.")] = False,
    quiet_market: Annotated[bool, typer.Option(help="A flat market: few orders are expected.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the run's files go.")] = None,
) -> None:
    """Run the whole platform on this machine and prove that nothing was lost.

    Examples: `sextant demo`, `sextant demo --seconds 30 --seed 11`, `sextant demo --bus memory`,
    `sextant demo --recording DIR --speed 10 --report report.json`.
    """
    chosen = folder or Path(tempfile.mkdtemp(prefix="run-", dir=_runs()))
    plan = Plan(
        folder=chosen,
        seconds=seconds,
        seed=seed,
        recording=recording,
        speed=speed,
        keep=keep,
        quiet_market=quiet_market,
    )
    if bus == "memory":
        raise typer.Exit(_fused(plan, report))
    if bus != "kafka":
        raise typer.BadParameter(f"expected kafka or memory, was {bus!r}", param_hint="--bus")
    raise typer.Exit(_over_kafka(plan, report))


def paper(
    assets: Annotated[str, typer.Option(help="Base assets, separated by commas.")] = "BTC,ETH",
    seconds: Annotated[float, typer.Option(min=5, help="How long to trade; Ctrl-C ends it sooner.")] = 3600.0,
    report: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where the run's files go.")] = None,
) -> None:
    """Trade on paper on the real venues' public data; no keys, no orders leave this machine.

    Example: `sextant paper --assets BTC,ETH`.
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
    place = folder or Path(tempfile.mkdtemp(prefix="paper-", dir=_runs()))
    plan = Plan(folder=place, seconds=seconds, assets=chosen, is_public=True, keep=True)
    raise typer.Exit(_over_kafka(plan, report))


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
        return 1
    console.print(render(report))
    if report_file is not None:
        write_json(report, report_file)
        console.print(f"report: {report_file}")
    problems = failures(report)
    if problems:
        _show_logs(plan, console)
    return 1 if problems else 0


def _show_logs(plan: Plan, console: Console) -> None:
    for log in sorted(plan.logs.glob("*.log")):
        console.print(f"log of {log.stem}: {log}", highlight=False, soft_wrap=True)


def _fused(plan: Plan, report_file: Path | None) -> int:
    arguments = ["--seconds", str(plan.seconds), "--seed", str(plan.seed), "--folder", str(plan.folder)]
    if plan.recording is not None:
        arguments += ["--recording", str(plan.recording)]
    if report_file is not None:
        arguments += ["--report", str(report_file)]
    if plan.quiet_market:
        arguments.append("--quiet-market")
    return subprocess.run([sys.executable, "-m", "topologies.fused", *arguments], check=False).returncode  # noqa: S603


def _runs() -> Path:
    runs = Path.cwd() / ".sextant" / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    return runs
