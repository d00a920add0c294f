"""Folders of runs: good runs leave nothing, failed ones stay for a while, kept ones stay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sextant.cli.main import app
from sextant.demo import commands
from sextant.demo.commands import BusKind, not_applied
from sextant.demo.plan import Plan
from sextant.demo.runs import NEWEST, leave, mark_running, new_run, prune, runner_of


def old_runs(root: Path, count: int) -> list[Path]:
    runs = []
    for number in range(count):
        folder = root / f"run-{number}"
        (folder / "logs").mkdir(parents=True)
        os.utime(folder, (number, number))
        runs.append(folder)
    return runs


def test_a_good_run_leaves_nothing_and_a_failed_one_its_logs(tmp_path: Path) -> None:
    good, _ = new_run("run", root=tmp_path, is_kept=False)
    failed, _ = new_run("run", root=tmp_path, is_kept=False)
    assert "removed" in leave(good, is_good=True)
    assert str(failed) in leave(failed, is_good=False)
    assert not good.exists()
    assert failed.exists()


def test_a_run_that_is_kept_stays_and_does_not_count(tmp_path: Path) -> None:
    kept, _ = new_run("run", root=tmp_path, is_kept=True)
    assert str(kept) in leave(kept, is_good=True)
    runs = old_runs(tmp_path, NEWEST + 2)
    assert sorted(prune(tmp_path, newest=NEWEST)) == runs[:2]
    assert kept.exists()


def test_the_oldest_go_when_a_new_one_begins_but_never_one_that_runs(tmp_path: Path) -> None:
    runs = old_runs(tmp_path, NEWEST + 1)
    mark_running(runs[0])
    folder, removed = new_run("run", root=tmp_path, is_kept=False)
    assert removed == [runs[1]]
    assert folder.exists()
    assert runs[0].exists()


def test_another_process_with_the_number_of_one_that_ended_runs_nothing(tmp_path: Path) -> None:
    mark_running(tmp_path)
    assert runner_of(tmp_path) == os.getpid()
    (tmp_path / "running.pid").write_text(f"{os.getpid()} begun-at-another-time")
    assert runner_of(tmp_path) is None
    (tmp_path / "running.pid").unlink()
    assert runner_of(tmp_path) is None


def test_what_does_not_apply_is_said() -> None:
    said = not_applied(Plan(folder=Path("x"), speed=10, keep=True), BusKind.MEMORY)
    assert [line.split()[0] for line in said] == ["--keep", "--folder", "--speed"]
    said = not_applied(
        Plan(folder=Path(), seconds=5, seed=1, quiet_market=True, recording=Path()), BusKind.KAFKA
    )
    assert [line.split()[0] for line in said] == ["--seconds", "--seed", "--quiet-market"]
    assert not_applied(Plan(folder=Path(), speed=2), BusKind.KAFKA)
    assert not not_applied(Plan(folder=Path(), speed=10, recording=Path()), BusKind.KAFKA)
    assert not not_applied(Plan(folder=Path()), BusKind.MEMORY)


def test_the_bus_is_one_of_two() -> None:
    result = CliRunner().invoke(app, ["demo", "--bus", "rabbit"])
    assert result.exit_code == 2
    assert "'rabbit' is not one of 'kafka', 'memory'" in result.output


@pytest.mark.parametrize("code", [0, 1])
def test_the_command_cleans_up_after_a_good_run_only(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(commands, "_over_kafka", lambda plan, report: code)
    result = CliRunner().invoke(app, ["demo", "--seconds", "5"])
    assert result.exit_code == code
    assert len(list((tmp_path / ".sextant" / "runs").iterdir())) == code
