"""`sextant up` and `sextant down`: the whole platform in the background, and its end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from sextant.demo.runs import UP, runner_of
from sextant.demo.standing_platform import TOLD
from sextant.stack.identity import process_identity

_READY_S: Final = 180.0
_STOP_S: Final = 60.0
_LOOK_S: Final = 0.1


def up(seed: Annotated[int, typer.Option(help="Seed of the simulated market.")] = 7) -> None:
    """Start servers, simulated exchanges and every service in the background, and Jaeger, Prometheus and Alertmanager where they are installed.

    Prints where everything is. Calling again prints it again. Each start begins with an empty log and empty books, as its exchanges do.

    Example: sextant up && sextant health
    """
    folder = Path.cwd() / UP
    if runner_of(folder) is None:
        _start(folder, seed)
    elif not (folder / TOLD).exists():
        typer.echo("it is being started already: sextant health says how far it is", err=True)
        raise typer.Exit(1)
    for line in _lines(folder):
        typer.echo(line)


def down() -> None:
    """Stop what `sextant up` has started. Its files stay until the next start.

    Example: sextant down
    """
    folder = Path.cwd() / UP
    pid = runner_of(folder)
    if pid is None:
        typer.echo("nothing is up")
        return
    _end(pid)
    (folder / TOLD).unlink(missing_ok=True)
    typer.echo("everything has stopped")


def _start(folder: Path, seed: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    log = folder / "logs" / "platform.log"
    log.parent.mkdir(parents=True)
    command = [sys.executable, "-m", "sextant.demo.standing_platform", "--folder", str(folder)]
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 (our own module, no shell)
            [*command, "--seed", str(seed)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    try:
        _follow(process, folder, log)
    except BaseException:
        _end(process.pid)
        raise


def _follow(process: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    """Show what it says until everything is up. Ends the command when it has failed."""
    deadline = time.monotonic() + _READY_S
    with log.open(encoding="utf-8", errors="replace") as told:
        while not (folder / TOLD).exists():
            has_ended = process.poll() is not None
            typer.echo(told.read(), nl=False, err=True)
            if has_ended or time.monotonic() > deadline:
                typer.echo(f"it did not come up; logs: {log.parent}", err=True)
                raise typer.Exit(1)
            time.sleep(_LOOK_S)
        typer.echo(told.read(), nl=False, err=True)


def _end(pid: int) -> None:
    """Ask it to stop, and end it where it does not: its children end with it."""
    identity = process_identity(pid)
    if identity is None:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_S
    while process_identity(pid) == identity:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline += _STOP_S
        time.sleep(_LOOK_S)


def _lines(folder: Path) -> list[str]:
    told = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    lines = []
    for kind, places in told.items():
        lines.append(kind)
        lines += [f"  {name:<18} {place}" for name, place in places.items()]
    servers = told["servers"]
    return [
        *lines,
        "look at it",
        "  sextant health; sextant lag; sextant topics tail execution.orders.v1; sextant explain ORDER_ID",
        f"  sextant doctor --kafka {servers.get('SEXTANT_KAFKA', '')}",
        "stop it: sextant down (make down)",
    ]
