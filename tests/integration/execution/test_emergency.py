"""The emergency door works with log, risk and database down, and what it did is published once they are back."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from services.execution.adapters.door import EmergencyDoor
from services.execution.journal import Entry, JournalUnavailable, Writer
from services.execution.notes import Note
from services.execution.service import ExecutionService
from sextant.contracts.commands import is_genuine
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.operator.v1 import operator_pb2, operator_pb2_grpc
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.time import SystemClock
from sextant.runtime.operator_keys import read_operator_keys
from simulator.exchange.interface import Side
from tests.integration.execution.world import OPERATOR_KEY, KeptJournal, World, speaking, until
from tests.integration.simulator.venues import running_venue

STATE = execution_pb2.OrderState
TOKEN = "door-token"


class FailingJournal(KeptJournal):
    """A journal that can be away."""

    is_away = False

    async def insert(self, *arguments: Any) -> Sequence[Entry] | None:
        self._answer()
        return await super().insert(*arguments)

    async def update(self, *arguments: Any) -> Sequence[Entry]:
        self._answer()
        return await super().update(*arguments)

    async def acquire(self, portfolio: str, partition: int, owner: str) -> Writer:
        self._answer()
        return await super().acquire(portfolio, partition, owner)

    async def remember(self, notes: Sequence[Note]) -> None:
        self._answer()
        await super().remember(notes)

    def _answer(self) -> None:
        if self.is_away:
            raise JournalUnavailable("journal: away")


@pytest.fixture
def journal() -> FailingJournal:
    return FailingJournal()


@pytest.fixture
async def world(tmp_path: Path, journal: FailingJournal) -> AsyncIterator[World]:
    async def connect() -> FailingJournal:
        if journal.is_away:
            raise JournalUnavailable("journal: away")
        return journal

    async with running_venue() as venue:
        venue.quote(Side.SELL, "5", "60010")
        venue.quote(Side.BUY, "5", "60000")
        async with speaking(World(venue, tmp_path, connect)) as made:
            yield made


@asynccontextmanager
async def door(service: ExecutionService, token: str = TOKEN) -> AsyncIterator[Any]:
    opened = EmergencyDoor(TOKEN, SystemClock(), service.flatten, service.status)
    port = await opened.open("127.0.0.1", 0)
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield operator_pb2_grpc.EmergencyServiceStub(channel)  # type: ignore[no-untyped-call]  # generated code
    finally:
        await opened.close(0.1)


METADATA = (("authorization", f"Bearer {TOKEN}"),)


async def test_the_door_wants_the_token(world: World) -> None:
    service = world.service()
    async with door(service) as stub:
        for metadata in ((), (("authorization", "Bearer wrong"),)):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.Status(operator_pb2.StatusRequest(), metadata=metadata)
            assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        status = await stub.Status(operator_pb2.StatusRequest(), metadata=METADATA)
        assert not status.is_halted
        request = operator_pb2.FlatAllRequest(command_id="a", scope="everything")
        with pytest.raises(grpc.aio.AioRpcError) as wrong:
            await stub.FlatAll(request, metadata=METADATA)
        assert wrong.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_flat_all_works_with_the_journal_away_and_is_journalled_later(
    world: World, journal: FailingJournal
) -> None:
    async with world.running() as service, door(service) as stub:
        await world.decide("sxlong", quantity="1")
        await world.ends("sxlong")
        await world.decide("sxopen", price="59000", force=risk_pb2.TIME_IN_FORCE_GTC)
        await world.comes("sxopen", STATE.ORDER_STATE_OPEN)
        journal.is_away = True
        request = operator_pb2.FlatAllRequest(command_id="door-1", scope="global", reason="test")
        answer = await stub.FlatAll(request, metadata=METADATA)
        again = await stub.FlatAll(request, metadata=METADATA)
        assert (answer.cancelled_orders, answer.closing_orders) == (1, 1), answer
        assert again == answer
        assert [problem for problem in answer.problems if "this machine only" in problem]
        assert (await stub.Status(operator_pb2.StatusRequest(), metadata=METADATA)).is_halted
        free, locked = world.venue.exchange.balance("main", "BTC")
        assert abs(free + locked - 10) < Decimal("0.00001")
        assert not any(event.decision_id == "" for event in await world.orders())
        journal.is_away = False
        assert (await world.ends("sxopen", timeout_s=20)).state == STATE.ORDER_STATE_CANCELLED
        await until_closing(world)
    assert sum(Decimal(fill.quantity.value) for fill in await world.fills() if fill.side == 2) > Decimal(
        "0.9"
    )


async def until_closing(world: World) -> None:
    async with asyncio.timeout(20):
        while True:
            events = [event for event in await world.orders() if not event.decision_id]
            if events and events[-1].state == STATE.ORDER_STATE_FILLED:
                return
            await asyncio.sleep(0.05)


async def test_a_process_that_starts_without_database_serves_the_door_and_stays_flat_after_a_restart(
    world: World, journal: FailingJournal
) -> None:
    journal.is_away = True
    service, stop = world.service(), asyncio.Event()
    tools = world.tools[-1]
    task = asyncio.create_task(service.run(stop))
    try:
        await until(lambda: len(tools.instruments) == 2, "no instruments")
        world.venue.exchange.deposit("main", "ETH", Decimal(3))
        world.venue.quote(Side.BUY, "10", "3000", "ETHUSDT")
        async with door(service) as stub:
            request = operator_pb2.FlatAllRequest(command_id="door-2")
            answer = await stub.FlatAll(request, metadata=METADATA)
        assert answer.closing_orders == 1
        assert world.venue.exchange.balance("main", "ETH")[0] == 100
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)
    journal.is_away = False
    async with world.running():
        await world.decide("sxflat", quantity="0.01")
        assert "flattened" in (await world.ends("sxflat")).reason
        await until_closing(world)


async def test_a_flat_all_by_the_door_is_heard_by_everybody_and_outlives_its_instance_until_resumed(
    world: World,
) -> None:
    async with world.running("0") as service, door(service) as stub:
        request = operator_pb2.FlatAllRequest(command_id="door-3", scope="portfolio/main", reason="test")
        answer = await stub.FlatAll(request, metadata=METADATA)
        assert not answer.problems
        await until_commanded(world, "door-3")
    assert is_genuine(world_command(await world.commands(), "door-3"), OPERATOR_KEY)
    (world.folder / "emergency-0.jsonl").unlink()  # the machine is gone with its disk
    async with world.running("1") as service, door(service) as stub:
        await world.decide("sxtaken", quantity="0.01")
        assert "flattened" in (await world.ends("sxtaken")).reason
        await world.command(control_pb2.COMMAND_KIND_RESUME, "resume-3")
        await until(lambda: not service.status().is_halted, "not resumed")
        late = await stub.FlatAll(request, metadata=METADATA)  # the same command, late: it was given before
        assert (late.cancelled_orders, late.closing_orders) == (0, 0)
        assert "no longer stands" in " ".join(late.problems)
        assert "recorded as done for main" in " ".join(late.problems)
        await world.decide("sxagain", quantity="0.01")
        assert (await world.ends("sxagain")).state == STATE.ORDER_STATE_FILLED
    async with world.running("2"):
        await world.decide("sxlater", quantity="0.01")
        assert (await world.ends("sxlater")).state == STATE.ORDER_STATE_FILLED


async def until_commanded(world: World, command_id: str) -> None:
    async with asyncio.timeout(10):
        while True:
            if command_id in {command.command_id for command in await world.commands()}:
                return
            await asyncio.sleep(0.05)


def world_command(commands: Sequence[control_pb2.Command], command_id: str) -> control_pb2.Command:
    [found] = [command for command in commands if command.command_id == command_id]
    return found


async def test_orders_go_on_after_an_outage_of_the_journal(world: World, journal: FailingJournal) -> None:
    async with world.running():
        journal.is_away = True
        await world.decide("sxaway", quantity="0.01", valid_ms=60_000)
        await until(lambda: not world.tools[0].health.report("database")[0], "the outage was not noticed")
        journal.is_away = False
        assert (await world.ends("sxaway", timeout_s=20)).state in (
            STATE.ORDER_STATE_FILLED,
            STATE.ORDER_STATE_NOT_SENT,
        )
        await world.decide("sxback", quantity="0.01")
        assert (await world.ends("sxback")).state == STATE.ORDER_STATE_FILLED


async def test_the_command_line_opens_the_door(world: World, tmp_path: Path) -> None:
    """The door's own secret in a file; a command that is repeated under its id does nothing twice."""
    secret = tmp_path / "operator.secret"
    secret.write_bytes(b"operators of this test only")
    keys = read_operator_keys(secret)
    async with world.running() as service:
        await world.decide("sxlong", quantity="1")
        await world.ends("sxlong")
        opened = EmergencyDoor(keys.door_token, SystemClock(), service.flatten, service.status)
        address = f"127.0.0.1:{await opened.open('127.0.0.1', 0)}"
        common = ("--door", address, "--secret-file", str(secret))
        try:
            assert await said("status", *common) == (0, "trading\n0 open orders, 0 of unknown state\n", "")
            flat = ("flat-all", *common, "--command-id", "cli-1", "--reason", "test")
            for _ in range(2):
                code, out, err = await said(*flat)
                assert (code, err) == (0, "")
                assert "FLAT ALL cli-1 for global: 0 orders cancelled, 1 closing orders sent" in out
            free, locked = world.venue.exchange.balance("main", "BTC")
            assert abs(free + locked - 10) < Decimal("0.00001")
            code, out, _ = await said("status", *common, "--json")
            assert json.loads(out) == {"is_halted": True, "open_orders": 0, "unknown_orders": 0}
            secret.write_bytes(b"another secret altogether")
            code, out, err = await said("status", *common)
            assert (code, out) == (2, "")
            assert "--secret-file" in err
        finally:
            await opened.close(0.1)


async def said(*arguments: str) -> tuple[int | None, str, str]:
    """Run the command as a process; return its exit code, standard output and standard error."""
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sextant.cli.main", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(command.communicate(), 30)
    return command.returncode, out.decode(), err.decode()
