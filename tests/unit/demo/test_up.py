"""`sextant up`: what it prints, what it tells the programs that look on, and that nothing is up where nothing was started."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sextant.cli.broker import bootstrap
from sextant.cli.main import main
from sextant.demo.children import Children
from sextant.demo.lookouts import Lookouts, jaeger_config, prometheus_config, targets_of
from sextant.demo.runs import UP, mark_running
from sextant.demo.standing_platform import TOLD
from sextant.stack.addresses import StackAddresses


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEXTANT_STACK_ROOT", raising=False)
    return tmp_path


@pytest.fixture
def platform(folder: Path) -> Path:
    """The folder of a platform that this process seems to run."""
    up = folder / UP
    (up / "stack").mkdir(parents=True)
    mark_running(up)
    StackAddresses(bootstrap="127.0.0.1:19092").save(up / "stack" / "stack.json")
    told = {"servers": {"SEXTANT_KAFKA": "127.0.0.1:19092"}, "lookouts": {"jaeger": "http://127.0.0.1:16686"}}
    (up / TOLD).write_text(json.dumps(told))
    return up


def test_up_a_second_time_prints_where_everything_is(
    platform: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["up"]) == 0
    out = capsys.readouterr().out
    assert "jaeger             http://127.0.0.1:16686" in out
    assert "sextant down" in out
    assert (platform / TOLD).exists()


def test_up_while_it_is_being_started_starts_no_second_one(
    platform: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (platform / TOLD).unlink()
    assert main(["up"]) == 1
    assert "being started already" in capsys.readouterr().err


def test_down_where_nothing_is_up_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down"]) == 0
    assert capsys.readouterr().out == "nothing is up\n"


def test_commands_find_the_broker_of_a_platform_that_is_up(platform: Path) -> None:
    assert bootstrap("") == "127.0.0.1:19092"


def test_a_stack_of_ones_own_comes_before_a_run(platform: Path, folder: Path) -> None:
    StackAddresses(bootstrap="127.0.0.1:9").save(folder / ".sextant" / "stack.json")
    assert bootstrap("") == "127.0.0.1:9"


def test_programs_that_are_not_installed_are_named_and_missed_by_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAEGER_HOME", raising=False)
    lookouts = Lookouts(Children(folder / "logs"), folder / "lookouts", lambda line: None)
    assert lookouts.jaeger() == ""
    lookouts.prometheus({"risk": 1})
    assert lookouts.missing == ["jaeger", "alertmanager", "prometheus"]
    assert lookouts.urls == {}


def test_a_program_is_started_where_its_page_answers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is a stand-in: it serves its page on the port that the command line names."""
    program = folder / "alertmanager"
    serve = (
        "import sys,http.server as h;p=int([a for a in sys.argv if 'listen-address=1' in a][0].split(':')[1])"
    )
    handler = (
        "type('H',(h.BaseHTTPRequestHandler,),{'do_GET':lambda s:(s.send_response(200),s.end_headers())})"
    )
    python = f"#!/usr/bin/env python3\n{serve}\nh.HTTPServer(('127.0.0.1',p),{handler}).serve_forever()\n"
    program.write_text(python)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    children = Children(folder / "logs")
    lookouts = Lookouts(children, folder / "lookouts", lambda line: None)
    try:
        lookouts.prometheus({"risk": 1})
        assert lookouts.urls["alertmanager"].startswith("http://127.0.0.1:")
    finally:
        children.stop_all()


def test_configurations_say_where_spans_and_metrics_come_from(folder: Path) -> None:
    jaeger = jaeger_config(1, 2, 3)
    assert jaeger["receivers"]["otlp"]["protocols"]["http"]["endpoint"] == "127.0.0.1:2"
    assert targets_of({"risk": 7, "archive": 0}) == [
        {"targets": ["127.0.0.1:7"], "labels": {"service": "risk"}}
    ]
    assert "alerting" not in prometheus_config(folder / "t.json", 0)
    managers = prometheus_config(folder / "t.json", 9)["alerting"]["alertmanagers"]
    assert managers == [{"static_configs": [{"targets": ["127.0.0.1:9"]}]}]
