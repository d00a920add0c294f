"""Operators' commands from the command line: what is asked for wrongly is named, and the newest word is really the newest."""

from __future__ import annotations

from pathlib import Path

import pytest

from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Bus, Position, TopicPartition
from sextant.cli.main import main
from sextant.contracts.commands import is_genuine
from sextant.contracts.control.v1 import control_pb2
from sextant.core.errors import SextantError
from sextant.core.time import SECOND, Clock, SettableClock
from sextant.operator.giving import SPEAKER, Giver
from sextant.runtime.commanding import COMMANDS
from sextant.runtime.operator_keys import derive_keys
from sextant.runtime.stamp import Stamper, open_record

SECRET = b"operators of this test only"
KEY = derive_keys(SECRET).command_key
#: Nobody listens there.
DEAD = "127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("KAFKA", "STACK_ROOT", "DOOR", "OPERATOR", "OPERATOR_TOKEN_FILE", "OPERATOR_CA_FILE"):
        name = f"SEXTANT_{name}"
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "short").write_bytes(b"guess me")


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["flat-all"], 2, "--secret-file"),
        (["flat-all", "--secret-file", "secret"], 2, "--door"),
        (["flat-all", "--secret-file", "secret", "--door", "nowhere"], 2, "nowhere"),
        (["flat-all", "--secret-file", "missing", "--door", DEAD], 2, "missing"),
        (["flat-all", "--secret-file", "short", "--door", DEAD], 2, "at least 16 bytes"),
        (["flat-all", "--secret-file", "secret", "--door", DEAD, "--scope", "everything"], 2, "everything"),
        (["flat-all", "--secret-file", "secret", "--door", DEAD, "--command-id", "a b"], 2, "a b"),
        (["flat-all", "--secret-file", "secret", "--door", DEAD], 1, "no emergency door answers"),
        (["status", "--secret-file", "secret", "--door", DEAD], 1, "no emergency door answers"),
        (["halt", "--secret-file", "secret"], 1, "no broker"),
        (["halt", "--secret-file", "secret", "--api", DEAD], 1, "no operator API answers"),
        (["resume", "--secret-file", "secret", "--api", "nowhere"], 2, "nowhere"),
        (["status", "--secret-file", "secret"], 2, "--api or --door"),
        (["status", "--secret-file", "secret", "--api", DEAD], 1, "no operator API answers"),
        (["status", "--secret-file", "secret", "--api", DEAD, "--ca-file", "missing"], 2, "missing"),
        (["watch", "--secret-file", "secret"], 2, "--api"),
        (["watch", "--secret-file", "secret", "--api", DEAD, "--kinds", "gossip"], 2, "gossip"),
        (["watch", "--secret-file", "secret", "--api", DEAD], 1, "no operator API answers"),
        (["set", "pace", "slow", "--secret-file", "secret"], 2, "--api"),
        (
            ["flat-all", "--secret-file", "secret", "--door", DEAD, "--api", DEAD],
            1,
            "no operator API answers",
        ),
        (["halt", "--secret-file", "secret", "--api", DEAD, "--reason", "x" * 501], 2, "501 characters"),
        (["resume", "--secret-file", "secret", "--scope", "portfolio/A"], 2, "portfolio/A"),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_no_secret_is_shown(
    arguments: list[str], code: int, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    said = capsys.readouterr()
    assert named in said.err
    assert SECRET.decode() not in said.err + said.out
    assert "Traceback" not in said.err


async def commands_log() -> MemoryBus:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    return bus


def command(command_id: str, kind: control_pb2.CommandKind) -> control_pb2.Command:
    return control_pb2.Command(command_id=command_id, operator="o", kind=kind, scope="global")


async def give(bus: Bus, clock: Clock, command: control_pb2.Command, key: bytes) -> Position:
    return await Giver(bus, Stamper(SPEAKER, "test", "local", clock), key).give(command)


async def said(bus: Bus) -> list[control_pb2.Command]:
    return [open_record(record).value for record in await bus.read(TopicPartition(COMMANDS, 0))]


async def test_a_command_is_newer_than_every_genuine_one_before_it_whatever_the_clock_says() -> None:
    bus = await commands_log()
    await give(bus, SettableClock(100 * SECOND), command("halt-1", control_pb2.COMMAND_KIND_HALT), KEY)
    forged = command("forged", control_pb2.COMMAND_KIND_HALT)
    await give(bus, SettableClock(900 * SECOND), forged, b"somebody else's key, who may write to the topic")
    late_clock = SettableClock(40 * SECOND)
    position = await give(bus, late_clock, command("resume-1", control_pb2.COMMAND_KIND_RESUME), KEY)
    assert (position.topic, position.offset) == (COMMANDS, 2)
    halt, _, resume = await said(bus)
    assert [is_genuine(word, KEY) for word in await said(bus)] == [True, False, True]
    assert halt.command_time.ToNanoseconds() == 100 * SECOND
    assert resume.command_time.ToNanoseconds() == 100 * SECOND + 1, "after the halt, not after the forgery"


async def test_without_a_key_nothing_is_said() -> None:
    bus = await commands_log()
    with pytest.raises(SextantError):
        await give(bus, SettableClock(SECOND), command("halt-1", control_pb2.COMMAND_KIND_HALT), b"")
    assert await said(bus) == []
