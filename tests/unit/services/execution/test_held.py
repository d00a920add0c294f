"""An owner that stood still sends nothing on what it knew before: neither past the journal's fence nor on old words of the breakers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.execution.account import CALLS_IN_FLIGHT
from services.execution.bootstrap import check_approvals
from services.execution.sides import BREAKERS, SideInputs
from sextant.bus.memory import MemoryBus
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.errors import SettingsInvalid, WriterFenced
from sextant.core.identity import Identity, Root
from sextant.core.instruments import Side
from sextant.core.time import MILLISECOND, SECOND
from sextant.core.vocabulary import BreakerState
from sextant.runtime.lineage import Lineage
from sextant.runtime.settings import Process
from tests.support.resources import CONFIG, shipped_platform
from tests.support.sleepers import LeapingClock
from tests.unit.services.execution.test_past import GTC, PARTITION, Machine, terms, world


@asynccontextmanager
async def busy(machine: Machine) -> AsyncIterator[None]:
    """Every call to the account waits for its turn; afterwards those that waited have had theirs."""
    calls = machine.account.calls
    for _ in range(CALLS_IN_FLIGHT):
        await calls.acquire()
    yield
    for _ in range(CALLS_IN_FLIGHT):
        calls.release()
    await asyncio.sleep(0.05)


@pytest.mark.parametrize(("stood_ns", "is_sent"), [(0, True), (1_100 * MILLISECOND, False)])
async def test_a_first_call_later_than_a_second_after_the_insert_meets_the_fence(
    stood_ns: int, is_sent: bool
) -> None:
    journal, log = world()
    machine = Machine(journal, log)
    machine.tools.clock = clock = LeapingClock()
    async with machine.desk(is_killed=True) as desk:
        async with busy(machine):
            await desk.operate(terms("waits", Side.BUY, "1", "99.50", GTC))
            await asyncio.sleep(0.05)
            await journal.acquire("main", PARTITION, "the new owner")
            clock.leapt_ns += stood_ns
        assert bool(await machine.venue.open_orders()) is is_sent
        if not is_sent:
            with pytest.raises(WriterFenced):
                desk.check()


async def test_a_call_that_waited_is_made_where_nobody_took_over() -> None:
    journal, log = world()
    machine = Machine(journal, log)
    machine.tools.clock = clock = LeapingClock()
    async with machine.desk() as desk:
        async with busy(machine):
            await desk.operate(terms("waits", Side.BUY, "1", "99.50", GTC))
            clock.leapt_ns += 5 * SECOND
        assert await machine.venue.open_orders()


async def test_after_standing_still_a_word_that_lay_there_before_is_known_and_not_heard() -> None:
    journal, log = world()
    machine = Machine(journal, log)
    machine.tools.clock = clock = LeapingClock()
    seen, bus = machine.tools.seen, MemoryBus(log)

    async def say(epoch: int, state: int) -> None:
        message = risk_pb2.Breaker(scope="global", epoch=epoch, state=risk_pb2.BreakerState.Name(state))
        identity = Identity(Root("risk.breakers/global", 1, epoch))
        stamper = machine.resources.stamper
        await bus.producer().send(
            [stamper.outgoing(BREAKERS, "global", "global", message, identity, Lineage())]
        )

    async def until_epoch(epoch: int) -> None:
        async with asyncio.timeout(5):
            while "global" not in seen.breakers or seen.breakers["global"].epoch < epoch:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await asyncio.sleep(0)

    following = asyncio.create_task(SideInputs(bus, machine.tools, None, {}).run())
    try:
        await asyncio.sleep(0.3)
        await say(1, risk_pb2.BREAKER_STATE_CLOSED)
        await until_epoch(1)
        assert seen.breakers_heard_ns is not None
        clock.leapt_ns += 3 * SECOND
        await say(2, risk_pb2.BREAKER_STATE_OPEN)
        await until_epoch(2)
        assert seen.breakers["global"].state is BreakerState.OPEN
        assert seen.breakers_heard_ns is None, "it may have lain there while we stood still"
        await say(3, risk_pb2.BREAKER_STATE_OPEN)
        await until_epoch(3)
        assert seen.breakers_heard_ns is not None
    finally:
        following.cancel()


def test_an_approval_that_outlives_its_owner_is_refused_at_the_start() -> None:
    process = Process.model_validate({"config": CONFIG, "session_timeout_ms": 2_000})
    with pytest.raises(SettingsInvalid, match=r"main.limits.approval_valid_ms: .* \(2000\), was 2000"):
        check_approvals(shipped_platform(), process)
    check_approvals(shipped_platform(), process.model_copy(update={"session_timeout_ms": 2_001}))
