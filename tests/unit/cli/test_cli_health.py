"""`sextant health`: what runs here is asked, what is not well is named, and the exit code says it too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from sextant.cli.main import main
from sextant.demo.plan import SERVICES
from sextant.demo.runs import mark_running
from sextant.stack.records import Record, Records


@contextmanager
def service(status: int, checks: dict[str, dict[str, Any]]) -> Iterator[int]:
    """Answer every request like a service's health, and yield the port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"checks": checks}).encode())

        def log_message(self, *_: object) -> None:
            """Standard error belongs to the test."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEXTANT_STACK_ROOT", raising=False)
    return tmp_path


def tell(folder: Path, name: str, port: int) -> None:
    (folder / "ports").mkdir(parents=True, exist_ok=True)
    (folder / "ports" / f"{name}.json").write_text(json.dumps({"health": port}))


def test_nothing_that_runs_is_not_well_and_is_told_how_to_start(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "make up" in err
    assert "make demo" in err


def test_a_run_is_well_when_each_of_its_services_is_ready(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = folder / ".sextant" / "runs" / "run-1"
    with service(200, {}) as port:
        for name in SERVICES:
            tell(run, name, port)
        (run / "ports" / "alpha.json").write_text(str(port))  # a simulated venue's
        mark_running(run)
        assert main(["health"]) == 0
        out = capsys.readouterr().out
        assert str(run) in out
        assert out.count(" ready ") == len(SERVICES)
        (run / "ports" / "risk.json").unlink()
        assert main(["health"]) == 1
    out, err = capsys.readouterr()
    assert "risk           not started" in out
    assert "not well: risk;" in err


def test_a_run_that_has_ended_is_passed_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tell(folder / ".sextant" / "runs" / "run-1", "risk", 1)
    assert main(["health"]) == 1
    assert "nothing runs here" in capsys.readouterr().err
    assert main(["health", "--run", str(folder / ".sextant" / "runs" / "run-1")]) == 1
    assert "no answer" in capsys.readouterr().out


def test_services_started_by_hand_say_what_they_lack(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = {"kafka": {"ok": True, "detail": ""}, "state": {"ok": False, "detail": "recovering partition 3"}}
    with service(503, checks) as port:
        tell(folder / ".sextant", "risk", port)
        assert main(["health"]) == 1
        assert "not ready    state: recovering partition 3" in capsys.readouterr().out
        assert main(["health", "--json"]) == 1
    ((place, [part]),) = json.loads(capsys.readouterr().out).items()
    assert place.startswith("services")
    assert part == {
        "name": "risk",
        "is_well": False,
        "state": "not ready",
        "detail": "state: recovering partition 3",
    }


def test_a_server_whose_process_has_gone_has_crashed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = str(folder / "valkey.log")
    Records(folder / ".sextant").write(Record("valkey", 1, "another process", None, (9,), 15, log))
    assert main(["health"]) == 1
    out, err = capsys.readouterr()
    assert f"valkey         crashed      log {log}" in out
    assert "sextant stack up" in err
