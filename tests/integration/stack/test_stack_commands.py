"""The command line: servers that stay, and servers in the foreground."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from sextant.stack.ports import free_ports
from sextant.stack.probes import valkey_answers

COMMAND = [sys.executable, "-c", "from sextant.stack.commands import app; app()"]


def stack(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=120, check=False)


def test_up_leaves_servers_running_until_down(tmp_path: Path) -> None:
    root = ("--root", str(tmp_path))
    up = stack("up", "--only", "valkey", "--only", "postgres", *root)
    try:
        assert up.returncode == 0, up.stderr
        lines = dict(line.split("=", 1) for line in up.stdout.splitlines())
        saved = json.loads((tmp_path / "stack.json").read_text())
        assert lines == {"SEXTANT_POSTGRES": saved["postgres_dsn"], "SEXTANT_VALKEY": saved["valkey_url"]}
        assert (tmp_path / "stack.json").stat().st_mode & 0o077 == 0
        with redis.Redis.from_url(lines["SEXTANT_VALKEY"]) as client:
            assert client.ping()
        assert stack("up", "--only", "valkey", *root).stdout == up.stdout, "up again changes nothing"
        status = stack("status", *root)
        assert (status.returncode, status.stdout.count(" running ")) == (0, 2)
        health = subprocess.run(
            [sys.executable, "-m", "sextant.cli.main", "health", *root],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        assert (health.returncode, health.stdout.count(" serves ")) == (0, 2), health.stderr
    finally:
        down = stack("down", *root)
    assert down.returncode == 0, down.stderr
    assert stack("status", *root).returncode == 1
    assert not (tmp_path / "stack.json").exists()
    assert stack("down", *root).returncode == 0, "down again is no error"


def test_serve_runs_one_server_until_sigterm(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    arguments = ["serve", "valkey", "--port", str(port), "--data", str(tmp_path), "--password", "secret"]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 20
        while not valkey_answers("127.0.0.1", port, "secret") and time.monotonic() < deadline:
            time.sleep(0.05)
        assert valkey_answers("127.0.0.1", port, "secret")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not valkey_answers("127.0.0.1", port, "secret")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("up", "--brokers", "2"), "expected 1 or 3"),
        (("up", "--disk-cap-mb", "7"), "at least 512 MB, was 7"),
        (("up", "--disk-cap-mb", "999999999"), "MB free"),
    ],
)
def test_a_wrong_choice_is_a_sentence(arguments: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    done = stack(*arguments, "--root", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert expected in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["up", "down", "status", "prepare", "serve", "ready"])
def test_every_command_shows_an_example(command: str) -> None:
    assert "Example" in stack(command, "--help").stdout
