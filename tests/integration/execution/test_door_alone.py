"""Execution as a process with neither broker nor database: the emergency door opens and closes what the account holds."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
import yaml

from services.execution.emergency_log import EmergencyLog
from services.execution.rules_file import RulesFile
from sextant.contracts.operator.v1 import operator_pb2, operator_pb2_grpc
from sextant.runtime.operator_keys import derive_keys
from simulator.exchange.interface import Side
from tests.integration.execution.world import KeptJournal, World, speaking, until
from tests.integration.simulator.venues import RunningVenue, running_venue

SECRET = b"operators of this test only"
METADATA = (("authorization", f"Bearer {derive_keys(SECRET).door_token}"),)
#: Nobody listens there.
DEAD = "127.0.0.1:9"


@pytest.fixture
async def venue() -> AsyncIterator[RunningVenue]:
    async with running_venue() as running:
        running.quote(Side.BUY, "5", "60000")
        yield running


async def hear_the_rules(world: World, state: Path) -> None:
    """Let an execution that has a broker write down the rules, and stop."""
    async with speaking(world), world.running():
        rules = RulesFile(state / "execution-0-rules.json", world.tools[-1])
        await until(lambda: len(world.tools[-1].instruments) == 2, "no rules")
        rules.write()


def environment(world: World, folder: Path) -> Mapping[str, str]:
    secret, config = folder / "operator.secret", folder / "sextant.yaml"
    secret.write_bytes(SECRET)
    config.write_text(yaml.safe_dump(world.platform().model_dump(mode="json")))
    ours = {
        "SEXTANT_CONFIG": str(config),
        "SEXTANT_KAFKA": DEAD,
        "SEXTANT_POSTGRES": f"postgresql://nobody@{DEAD}/none",
        "SEXTANT_STATE_FOLDER": str(folder / "state"),
        "SEXTANT_OPERATOR_TOKEN_FILE": str(secret),
        "SEXTANT_PORT_FILE": str(folder / "ports.json"),
    }
    return {**{name: value for name, value in os.environ.items() if not name.startswith("SEXTANT_")}, **ours}


@asynccontextmanager
async def execution(variables: Mapping[str, str]) -> AsyncIterator[Any]:
    """Run execution as a process; yield a client of its door."""
    ports = Path(variables["SEXTANT_PORT_FILE"])
    ports.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.execution"), env=dict(variables), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await until(lambda: "operator" in _read(ports) or process.returncode is not None, "no door", 30)
        assert process.returncode is None
        async with grpc.aio.insecure_channel(f"127.0.0.1:{_read(ports)['operator']}") as channel:
            yield operator_pb2_grpc.EmergencyServiceStub(channel)  # type: ignore[no-untyped-call]  # generated code
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0


def _read(ports: Path) -> dict[str, int]:
    try:
        found: dict[str, int] = json.loads(ports.read_text())
    except (OSError, ValueError):
        return {}
    return found


async def test_positions_are_closed_with_neither_broker_nor_database(
    venue: RunningVenue, tmp_path: Path
) -> None:
    journal = KeptJournal()

    async def connect() -> KeptJournal:
        return journal

    world = World(venue, tmp_path, connect)
    (tmp_path / "state").mkdir(mode=0o700)
    await hear_the_rules(world, tmp_path / "state")
    venue.exchange.deposit("main", "BTC", Decimal(2))
    async with execution(environment(world, tmp_path)) as door:
        request = operator_pb2.FlatAllRequest(command_id="alone-1", reason="nothing else answers")
        answer = await door.FlatAll(request, metadata=METADATA)
        assert answer.closing_orders == 1, answer
        assert venue.exchange.balance("main", "BTC") == (Decimal(10), Decimal(0))
        assert any("this machine only" in problem for problem in answer.problems)
    async with execution(environment(world, tmp_path)) as door:
        status = await door.Status(operator_pb2.StatusRequest(), metadata=METADATA)
        assert status.is_halted, "a restart remembers"
    remembered = EmergencyLog(tmp_path / "state" / "execution-0-emergency.jsonl").read()
    assert [word.command_id for word in remembered.words] == ["alone-1"]
