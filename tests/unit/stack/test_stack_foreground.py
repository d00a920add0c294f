"""Serving in the foreground."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path
from sextant.stack.foreground import serve
from sextant.stack.launch import Launch
here, code, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
launch = Launch(name="some", argv=(sys.executable, "-c", code), folder=here, log=here / "log", ports=(), stop_signal=number)
raise SystemExit(serve(launch))
"""
CATCHES_INTERRUPT = """
import signal, sys, time
signal.signal(2, lambda *_: (print("stopped cleanly", flush=True), sys.exit(0)))
print("up", flush=True)
time.sleep(60)
"""


def serving(tmp_path: Path, code: str, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), code, str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_sigterm_becomes_the_servers_own_stop_signal(tmp_path: Path) -> None:
    with serving(tmp_path, CATCHES_INTERRUPT, signal.SIGINT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "stopped cleanly\n"
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("code", "expected"), [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137)]
)
def test_a_server_that_fails_by_itself_gives_its_code(tmp_path: Path, code: str, expected: int) -> None:
    with serving(tmp_path, code, signal.SIGTERM) as process:
        assert process.wait(10) == expected
