"""A paper account survives its process: the next one finds its balances and its open orders in the journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest

from services.execution.account import Account
from services.execution.adapters.memory import MemoryJournal
from services.execution.desk import Desk
from services.execution.domain.order import State, Terms
from services.execution.journal import JournalUnavailable, KnownFill
from services.execution.metrics import ExecutionMetrics
from services.execution.past import Past
from services.execution.tools import Tools
from sextant.bus.layout import registry_layouts
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.core.decimals import ZERO
from sextant.core.instruments import Side
from sextant.core.partitions import portfolio_partition
from sextant.venues.paper.exchange import PaperExchange
from sextant.venues.paper.venue import PaperVenue
from tests.support.resources import make_resources
from tests.unit.venues.paper.test_paper_exchange import BTC, book

PARTITION = portfolio_partition("main")
OPENING = {"USDT": Decimal(1_000)}
GTC, IOC = 1, 2


class Machine:
    """A process of execution with one paper account: what is in it ends with it."""

    def __init__(self, journal: MemoryJournal, log: MemoryLog) -> None:
        exchange = PaperExchange(OPENING, taker_fee_bp=Decimal(10), maker_fee_bp=Decimal(5))
        self.venue = PaperVenue(exchange)
        exchange.set_instrument(BTC)
        exchange.apply(book(1, (1, 9900, 10), (2, 10000, 10)))
        account = Account(
            "paper", "main", "alpha", "USDT", OPENING, self.venue, lambda: exchange.time_ns, self.venue.restore
        )  # fmt: skip
        self.resources = resources = make_resources("execution", MemoryBus(log), session_timeout_ms=500)
        self.tools = Tools(
            accounts={"paper": account},
            clock=resources.clock,
            stamper=resources.stamper,
            spans=resources.spans,
            health=resources.health,
            metrics=ExecutionMetrics(resources.metrics),
            log=resources.log,
        )
        self.account, self._journal, self._bus = account, journal, resources.bus

    @asynccontextmanager
    async def desk(self, *, is_killed: bool = False) -> AsyncIterator[Desk]:
        desk = Desk(PARTITION, self._journal, self._bus.producer(), self.tools)
        await desk.open(["main"], session_timeout_s=0.01)
        await desk.settle()
        try:
            yield desk
        finally:
            await desk.close(1.0, is_clean=not is_killed)

    async def hears(self, desk: Desk, time_ns: int, *levels: tuple[int, int, int]) -> None:
        """Let the market speak, and the desk hear what it did to resting orders."""
        for report in self.venue.exchange.apply(book(time_ns, *levels, snapshot=False)):
            await desk.report(self.account, report)


def terms(name: str, side: Side, quantity: str, price: str, force: int) -> Terms:
    return Terms(
        name, "main", "paper", "alpha:BTC/USDT", "BTCUSDT", side, Decimal(quantity), Decimal(price), force,
        0, False, 0, reserved_notional=ZERO,
    )  # fmt: skip


async def state(journal: MemoryJournal, name: str, expected: State) -> None:
    async with asyncio.timeout(5):
        while journal.orders[name][0].state is not expected:  # noqa: ASYNC110  # the journal sets no event
            await asyncio.sleep(0.01)


def world() -> tuple[MemoryJournal, MemoryLog]:
    log = MemoryLog()
    log.create(registry_layouts())
    return MemoryJournal(), log


async def test_balances_and_resting_orders_survive_a_kill_and_the_rest_is_filled_once() -> None:
    journal, log = world()
    first = Machine(journal, log)
    async with first.desk(is_killed=True) as desk:
        await desk.operate(terms("taken", Side.BUY, "1", "100", IOC))
        await state(journal, "taken", State.FILLED)
        await desk.operate(terms("rests", Side.BUY, "2", "99.50", GTC))
        await state(journal, "rests", State.OPEN)
        await first.hears(desk, 2, (2, 9940, 5))
        held = await first.venue.balances()
    second = Machine(journal, log)
    async with second.desk() as desk:
        await state(journal, "rests", State.PARTIALLY_FILLED)
        assert await second.venue.balances() == held
        await second.hears(desk, 3, (2, 9940, 50))
        await state(journal, "rests", State.FILLED)
        await desk.operate(terms("sells", Side.SELL, "2.9", "99", IOC))
        await state(journal, "sells", State.CANCELLED)
    fills = await journal.fills("paper")
    assert sum(each.fill.quantity for each in fills if each.client_order_id == "rests") == 2
    assert sum(each.fill.quantity for each in fills if each.client_order_id == "sells") == 1


async def test_what_the_journal_does_not_hold_did_not_happen() -> None:
    journal, log = world()
    first = Machine(journal, log)
    async with first.desk(is_killed=True) as desk:
        await desk.operate(terms("rests", Side.BUY, "2", "99.50", GTC))
        await state(journal, "rests", State.OPEN)
        first.venue.exchange.apply(book(2, (2, 9940, 5), snapshot=False))  # nobody writes it down
    second = Machine(journal, log)
    async with second.desk():
        assert (await second.venue.balances())["USDT"].total == 1_000
        [open_order] = await second.venue.open_orders()
        assert open_order.filled_quantity == 0


async def test_an_account_that_goes_on_in_its_process_keeps_what_the_journal_missed() -> None:
    journal, log = world()
    machine = Machine(journal, log)
    async with machine.desk() as desk:
        await desk.operate(terms("rests", Side.BUY, "2", "99.50", GTC))
        await state(journal, "rests", State.OPEN)
    machine.venue.exchange.apply(book(2, (2, 9940, 50), snapshot=False))  # an outage: no desk hears it
    async with machine.desk():
        await state(journal, "rests", State.FILLED)
    assert len(await journal.fills("paper")) == 1


async def test_an_account_that_another_process_traded_meanwhile_becomes_what_that_one_left() -> None:
    journal, log = world()
    first, second = Machine(journal, log), Machine(journal, log)
    async with first.desk() as desk:
        await desk.operate(terms("rests", Side.BUY, "2", "99.50", GTC))
        await state(journal, "rests", State.OPEN)
    async with second.desk() as desk:
        await desk.operate(terms("taken", Side.BUY, "1", "100", IOC))
        await state(journal, "taken", State.FILLED)
        held = await second.venue.balances()
    async with first.desk():
        assert await first.venue.balances() == held


class Failing(MemoryJournal):
    """A journal that does not answer the first question for fills."""

    is_away = True

    async def fills(self, venue_account: str) -> Sequence[KnownFill]:
        if self.is_away:
            self.is_away = False
            raise JournalUnavailable("journal: connection refused")
        return await super().fills(venue_account)


async def test_a_past_that_could_not_be_read_is_given_at_the_next_attempt() -> None:
    journal, past = Failing(), Past()
    machine = Machine(journal, MemoryLog())
    given: list[object] = []
    account = replace(machine.account, restore=lambda fills, resting: given.append((fills, resting)))
    with pytest.raises(JournalUnavailable):
        await past.take_up(journal, await journal.acquire("main", PARTITION, "a"), [account])
    await past.take_up(journal, await journal.acquire("main", PARTITION, "a"), [account])
    await past.take_up(journal, await journal.acquire("main", PARTITION, "a"), [account])
    assert given == [([], [])]
