"""Recording, recognising, stopping and orphan protection of processes, without any server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sextant.stack import watchdog
from sextant.stack.identity import process_identity
from sextant.stack.launch import Launch, run, start
from sextant.stack.logs import tail
from sextant.stack.records import Owner, Record, Records
from sextant.stack.stopping import kill, stop

Spawn = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start Python programs that print a line once they run, and end them with the test."""
    children: list[subprocess.Popen[bytes]] = []

    def begin(code: str) -> subprocess.Popen[bytes]:
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
        children.append(child)
        assert child.stdout is not None
        child.stdout.readline()
        return child

    yield begin
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def record_of(child: subprocess.Popen[bytes], owner: Owner | None = None) -> Record:
    return Record("some", child.pid, process_identity(child.pid) or "", owner, (1, 2), signal.SIGTERM, "log")


def test_a_process_keeps_its_identity_and_loses_it_with_its_end(spawn: Spawn) -> None:
    child = spawn(SLEEPER)
    identity = process_identity(child.pid)
    assert identity == process_identity(child.pid) != process_identity(os.getpid())
    child.kill()
    deadline = time.monotonic() + 5
    while process_identity(child.pid) is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process_identity(child.pid) is None, "a zombie counts as gone"


def test_a_record_survives_its_file(tmp_path: Path, spawn: Spawn) -> None:
    record = record_of(spawn(SLEEPER), Owner.this_process())
    records = Records(tmp_path)
    records.write(record)
    assert records.read("some") == record
    assert records.alive("some") == record
    assert records.all() == [record]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "some"}', "null"])
def test_an_unreadable_record_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "some.json").write_text(text)
    assert Records(tmp_path).read("some") is None
    assert Records(tmp_path).all() == []


def test_a_process_that_inherited_a_servers_pid_is_not_touched(spawn: Spawn) -> None:
    child = spawn(SLEEPER)
    stale = replace(record_of(child), identity="an earlier process")
    assert not stale.is_alive()
    assert stop([stale], seconds=1) == []
    kill([stale])
    assert child.poll() is None


def test_who_does_not_end_when_asked_is_killed(spawn: Spawn) -> None:
    polite, stubborn = spawn(SLEEPER), spawn(STUBBORN)
    records = [record_of(polite), replace(record_of(stubborn), name="stubborn")]
    assert stop(records, seconds=0.5, collect=lambda: (polite.poll(), stubborn.poll())) == ["stubborn"]
    assert (polite.wait(5), stubborn.wait(5)) == (-signal.SIGTERM, -signal.SIGKILL)


def test_the_watchdog_ends_what_a_killed_owner_left(tmp_path: Path, spawn: Spawn) -> None:
    owner, mine, detached = spawn(SLEEPER), spawn(SLEEPER), spawn(SLEEPER)
    owned_by = Owner(owner.pid, process_identity(owner.pid) or "")
    Records(tmp_path).write(record_of(mine, owned_by))
    Records(tmp_path).write(replace(record_of(detached), name="detached"))
    guard = watchdog.spawn(tmp_path, owned_by)
    try:
        owner.kill()
        owner.wait()
        assert mine.wait(15) == -signal.SIGTERM
        assert guard.wait(15) == 0, "with its work done it ends"
        assert detached.poll() is None
        assert [record.name for record in Records(tmp_path).all()] == ["detached"]
    finally:
        guard.kill()
        guard.wait()


def launch(tmp_path: Path, code: str) -> Launch:
    argv = (sys.executable, "-c", code)
    return Launch(name="some", argv=argv, folder=tmp_path, log=tmp_path / "some.log", ports=())


def test_the_recorded_process_is_the_program_itself(tmp_path: Path) -> None:
    seen: list[tuple[int, str | None]] = []
    process = start(launch(tmp_path, SLEEPER), lambda pid: seen.append((pid, process_identity(pid))))
    try:
        while not tail(tmp_path / "some.log"):
            time.sleep(0.01)
        assert seen == [(process.pid, process_identity(process.pid))]
    finally:
        process.kill()
        process.wait()


def test_no_program_begins_when_it_cannot_be_recorded(tmp_path: Path) -> None:
    def refuse(pid: int) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        start(launch(tmp_path, "open('began', 'w')"), refuse)
    assert not (tmp_path / "began").exists()


def test_no_program_begins_when_its_starter_is_killed_before_recording_it(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from sextant.stack.launch import Launch, start\n"
        "here = Path(sys.argv[1])\n"
        "argv = (sys.executable, '-c', \"open('began', 'w')\")\n"
        "def die(pid):\n"
        "    (here / 'pid').write_text(str(pid)); os.kill(os.getpid(), signal.SIGKILL)\n"
        "start(Launch(name='some', argv=argv, folder=here, log=here / 'log', ports=()), die)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=30, check=False)
    assert done.returncode == -signal.SIGKILL
    launcher = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while process_identity(launcher) is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process_identity(launcher) is None
    assert not (tmp_path / "began").exists()


def test_a_program_that_ends_by_itself_gives_its_code_and_its_output(tmp_path: Path) -> None:
    assert run(launch(tmp_path, "print('said'); raise SystemExit(3)")) == 3
    assert tail(tmp_path / "some.log") == "said"


def test_servers_do_not_see_settings_meant_for_other_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGDATA", "/elsewhere")
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx1m")
    run(launch(tmp_path, "import os; print(sorted({'PGDATA', 'JAVA_TOOL_OPTIONS'} & os.environ.keys()))"))
    assert tail(tmp_path / "some.log") == "[]"
