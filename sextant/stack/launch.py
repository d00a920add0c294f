"""Start one program through the launcher."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sextant.stack.accounts import Account

_LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class Launch:
    """What to run and how: everything that differs between the servers' processes."""

    name: str
    argv: tuple[str, ...]
    folder: Path
    log: Path
    ports: tuple[int, ...]
    stop_signal: int = signal.SIGTERM
    account: Account | None = None
    input: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)


def start(
    launch: Launch, on_pid: Callable[[int], None] = lambda pid: None, *, foreground: bool = False
) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own and return its process.

    `on_pid` is called with the process id before the program begins; when it raises, nothing begins. Output goes to
    the launch's log, or with `foreground` to this process's own output; a program in the foreground is asked to stop when this process
    ends, however it ends (on Linux).
    """
    launch.log.parent.mkdir(parents=True, exist_ok=True)
    with launch.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 (our own program and arguments, no shell)
            [sys.executable, "-I", "-S", str(_LAUNCHER)],
            stdin=subprocess.PIPE,
            stdout=None if foreground else log,
            stderr=None if foreground else log,
            cwd=launch.folder,
            env=_environment() | launch.environment,
            start_new_session=not foreground,
        )
    assert process.stdin is not None
    try:
        with process.stdin:
            on_pid(process.pid)
            process.stdin.write(_order(launch, foreground=foreground))
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


def run(launch: Launch, *, timeout: float = 60.0) -> int:
    """Run a program that ends by itself (formatting, initdb); return its exit code, its output in the log."""
    process = start(launch)
    try:
        return process.wait(timeout)
    except BaseException:
        process.kill()
        process.wait()
        raise


def _order(launch: Launch, *, foreground: bool) -> bytes:
    account = launch.account
    order = {
        "argv": launch.argv,
        "account": None if account is None else {"uid": account.uid, "gid": account.gid},
        "search": account is not None and account.search,
        "input": None if launch.input is None else str(launch.input),
        "starter": os.getpid(),
        "at_end_of_starter": int(launch.stop_signal) if foreground else None,
    }
    return json.dumps(order).encode() + b"\n"


def _environment() -> dict[str, str]:
    """The caller's environment less what would change the servers' behaviour behind our back."""
    hidden = ("PG", "KAFKA_", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)} | {
        "LC_ALL": "C"
    }
