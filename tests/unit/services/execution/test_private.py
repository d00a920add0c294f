"""What the emergency door did is kept where nobody else can write, or execution does not start."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.execution.bootstrap import build, state_file
from services.execution.domain.halts import Level, Word
from services.execution.emergency_log import EmergencyLog
from services.execution.private import check_private, private_folder
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.core.errors import SettingsInvalid
from sextant.core.scopes import GLOBAL
from tests.support.resources import make_resources

WORD = Word("c-1", GLOBAL, Level.FLAT, 1, "test")


def test_without_a_state_folder_execution_does_not_start() -> None:
    resources = make_resources("execution", MemoryBus(MemoryLog()), postgres="postgresql://localhost/none")
    resources.platform.venue_accounts.clear()  # their keys are asked for first
    with pytest.raises(SettingsInvalid, match="SEXTANT_STATE_FOLDER"):
        build(resources)


def test_folder_and_file_are_for_the_owner_alone(tmp_path: Path) -> None:
    resources = make_resources("execution", MemoryBus(MemoryLog()), state_folder=tmp_path / "a" / "state")
    path = state_file(resources.process, "emergency.jsonl")
    EmergencyLog(path).word(WORD)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    assert EmergencyLog(path).read().words == [WORD]


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(SettingsInvalid, match=f"{mode:04o}"):
        private_folder(tmp_path)


def test_a_file_that_others_may_write_is_not_believed(tmp_path: Path) -> None:
    log = EmergencyLog(tmp_path / "log.jsonl")
    log.word(WORD)
    log.path.chmod(0o666)
    with pytest.raises(SettingsInvalid, match="writable by its owner only"):
        log.read()


def test_what_somebody_else_owns_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(SettingsInvalid, match="owned by user"):
        check_private(tmp_path)


def test_a_link_to_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(SettingsInvalid, match="symbolic link"):
        private_folder(tmp_path / "link")
