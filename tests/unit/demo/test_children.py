"""How processes of a run end: a service that had work to end and was ended by the signal itself did not stop cleanly."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sextant.demo import platform_run
from sextant.demo.children import Child, Children
from sextant.demo.plan import Plan
from sextant.demo.platform_run import Run

_DEAF = "import time; print('up', flush=True); time.sleep(60)"
_DRAINS = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); "
    "print('up', flush=True); time.sleep(60)"
)
_FAILS = _DRAINS.replace("sys.exit(0)", "sys.exit(3)")


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    made = Children(tmp_path / "logs")
    yield made
    made.stop_all()


def start(children: Children, folder: Path, program: str, *, has_been_ready: bool) -> Child:
    """Start a program as a module, and wait until it runs."""
    (folder / "program_of_test.py").write_text(program)
    child = children.start("risk", "program_of_test", [], {"PYTHONPATH": f"{folder}:{':'.join(sys.path)}"})
    deadline = time.monotonic() + 10
    while "up" not in child.tail() and time.monotonic() < deadline:
        time.sleep(0.01)
    child.has_been_ready = has_been_ready
    return child


@pytest.mark.parametrize(
    ("program", "has_been_ready", "unclean"),
    [
        (_DRAINS, True, []),
        (_DEAF, True, ["risk"]),
        (_DEAF, False, []),
        (_FAILS, False, ["risk"]),
    ],
    ids=["drains", "ended by the signal", "ended before it was ready", "fails"],
)
def test_a_process_that_was_ready_must_end_by_itself(
    program: str, has_been_ready: bool, unclean: list[str], children: Children, tmp_path: Path
) -> None:
    start(children, tmp_path, program, has_been_ready=has_been_ready)
    assert children.stop(["risk"]) == unclean


def test_a_process_that_was_killed_on_purpose_is_no_failure(children: Children, tmp_path: Path) -> None:
    start(children, tmp_path, _DEAF, has_been_ready=True)
    children.kill("risk")
    assert children.stop(["risk"]) == []


def test_a_process_that_is_started_again_is_not_ready_yet(children: Children, tmp_path: Path) -> None:
    start(children, tmp_path, _DEAF, has_been_ready=True)
    children.kill("risk")
    assert not children.start("risk", "program_of_test", [], {"PYTHONPATH": str(tmp_path)}).has_been_ready


def test_a_run_remembers_who_said_that_it_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(Plan(tmp_path), lambda line: None)
    answers = iter([(503, b"{}"), (200, b"{}")])
    monkeypatch.setattr(platform_run, "get", lambda port, path: next(answers))
    run.plan.ports("risk").parent.mkdir(parents=True)
    run.plan.ports("risk").write_text('{"health": 1}')
    try:
        child = start(run.children, tmp_path, _DEAF, has_been_ready=False)
        assert run.health("risk")[0] == 503
        assert not child.has_been_ready
        assert run.health("risk")[0] == 200
        assert child.has_been_ready
    finally:
        run.children.stop_all()
