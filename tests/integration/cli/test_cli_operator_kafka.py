"""Commands on a real log: what the command line says, the services take for genuine, in the order in which it was said."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sextant.bus.kafka import KafkaBus
from sextant.bus.port import TopicPartition
from sextant.contracts.commands import is_genuine
from sextant.contracts.control.v1 import control_pb2
from sextant.runtime.commanding import COMMANDS
from sextant.runtime.operator_keys import derive_keys
from sextant.runtime.stamp import open_record
from tests.integration.cli.conftest import Cli

SECRET = b"operators of this test only"


async def said(broker: str) -> list[control_pb2.Command]:
    bus = await KafkaBus(broker, client_id="test").start()
    try:
        return [open_record(record).value for record in await bus.read(TopicPartition(COMMANDS, 0))]
    finally:
        await bus.stop()


def test_halt_and_resume_lie_signed_in_the_log(broker: str, cli: Cli, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    common = ("--kafka", broker, "--secret-file", str(secret), "--operator", "ann")
    scope = ("--scope", "portfolio/main")
    code, out, err = cli("halt", *common, *scope, "--reason", "checking fills", "--command-id", "halt-1")
    assert (code, err) == (0, "")
    assert f"halt-1 for portfolio/main lies in {COMMANDS} at offset 0" in out
    code, out, _ = cli("resume", *common)
    assert code == 0
    assert "for global lies in" in out

    halt, resume = asyncio.run(said(broker))
    key = derive_keys(SECRET).command_key
    assert is_genuine(halt, key)
    assert is_genuine(resume, key)
    assert (halt.kind, halt.command_id) == (control_pb2.COMMAND_KIND_HALT, "halt-1")
    assert (halt.scope, halt.operator, dict(halt.arguments)) == (
        "portfolio/main",
        "ann",
        {"reason": "checking fills"},
    )
    assert (resume.kind, resume.scope) == (control_pb2.COMMAND_KIND_RESUME, "global")
    assert resume.command_id.startswith("cli-"), "nobody gave an id: each call is a command of its own"
    assert resume.command_time.ToNanoseconds() > halt.command_time.ToNanoseconds()


def test_a_broker_that_does_not_answer_is_named(cli: Cli, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    code, out, err = cli("halt", "--kafka", "127.0.0.1:9", "--secret-file", str(secret))
    assert (code, out) == (1, "")
    assert "127.0.0.1:9" in err
    assert "Traceback" not in err
