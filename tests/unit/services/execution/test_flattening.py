"""FLAT ALL closes each position once, says what it could not do, and over the log goes on until it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from services.execution import operators
from services.execution.adapters.memory import MemoryJournal
from services.execution.desk import Desk
from services.execution.domain.halts import Level, Word
from services.execution.domain.machine import Rules
from services.execution.domain.order import State
from services.execution.emergency_log import EmergencyLog
from services.execution.flattening import Flattener
from services.execution.operators import FlatCommands
from services.execution.words import Words
from sextant.core.instruments import Side
from sextant.core.time import SECOND
from sextant.venues.paper.exchange import PaperExchange
from sextant.venues.paper.venue import PaperVenue
from sextant.venues.port import (
    Accepted,
    Balance,
    NotKnown,
    OrderReport,
    OutcomeUnknown,
    Rejected,
    TimeInForce,
    VenueOrder,
    VenueUnavailable,
)
from tests.unit.services.execution.test_flatten import RULES
from tests.unit.services.execution.test_past import Machine, world

FLAT = Word("c1", "global", Level.FLAT, 7, "test")
#: Longer than the pause between two passes.
SLOW_S = 0.8


class Venue(PaperVenue):
    """A venue whose answers can be late, lost or away."""

    def __init__(self, exchange: PaperExchange) -> None:
        super().__init__(exchange)
        self.sent: list[str] = []
        self.delay_s = 0.0
        self.loses = 0
        self.is_late = self.has_no_open_orders = False
        self.balances_away = 0
        self._late: set[asyncio.Task[object]] = set()

    async def submit(self, order: VenueOrder) -> Accepted | Rejected | OutcomeUnknown:
        self.sent.append(order.client_order_id)
        if len(self.sent) <= self.loses:
            return OutcomeUnknown(order.client_order_id, "timeout")
        if self.is_late:
            self._late.add(asyncio.create_task(self._place_late(order)))
            return OutcomeUnknown(order.client_order_id, "timeout")
        await asyncio.sleep(self.delay_s)
        return await super().submit(order)

    async def query(self, symbol: str, client_order_id: str) -> OrderReport | NotKnown | OutcomeUnknown:
        return self.exchange.query(client_order_id) or NotKnown(client_order_id)

    async def open_orders(self) -> Sequence[OrderReport]:
        if self.has_no_open_orders:
            raise VenueUnavailable(venue="alpha", reason="open orders: 503")
        return await super().open_orders()

    async def balances(self) -> Mapping[str, Balance]:
        if self.balances_away > 0:
            self.balances_away -= 1
            raise VenueUnavailable(venue="alpha", reason="balances: 503")
        return await super().balances()

    async def _place_late(self, order: VenueOrder) -> object:
        await asyncio.sleep(SLOW_S)
        return await super().submit(order)


class Office:
    """A process that can flatten one account, which holds 0.999 BTC."""

    def __init__(self, folder: Path, journal: MemoryJournal | None = None) -> None:
        made, log = world()
        self.journal = journal or made
        self.machine = Machine(self.journal, log)
        self.venue = Venue(self.machine.venue.exchange)
        account = replace(self.machine.account, venue=self.venue, restore=None)
        self.tools = self.machine.tools
        self.tools.accounts, self.tools.rules = {"paper": account}, Rules(horizon_ns=SECOND)
        self.tools.instruments["alpha:BTC/USDT"] = RULES[0]
        self.buy("bought")
        self.desk: Desk | None = None
        self.file = EmergencyLog(folder / "emergency.jsonl")
        words = Words(self.tools, self.file, lambda: None, None)
        self.flattener = Flattener(self.tools, self.file, words, lambda portfolio: self.desk)

    def buy(self, name: str) -> None:
        order = VenueOrder(name, "BTCUSDT", Side.BUY, Decimal(1), None, TimeInForce.IOC)
        self.venue.exchange.place(order)

    async def held(self) -> Decimal:
        return (await self.venue.balances())["BTC"].total


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


async def test_a_request_that_takes_longer_than_a_pass_is_not_sent_again(office: Office) -> None:
    office.venue.delay_s = SLOW_S
    async with office.machine.desk() as office.desk:
        result = await office.flattener.flatten(FLAT)
    assert (result.closing, len(office.venue.sent), result.problems) == (1, 1, [])
    assert await office.held() < Decimal("0.1")


async def test_two_commands_at_once_close_a_position_once(office: Office) -> None:
    office.venue.delay_s = SLOW_S
    async with office.machine.desk() as office.desk:
        run = office.flattener.flatten
        await asyncio.gather(run(FLAT), run(replace(FLAT, command_id="c1/main", scope="portfolio/main")))
    assert len(office.venue.sent) == 1


async def test_a_command_that_is_resumed_while_it_waits_its_turn_closes_nothing(office: Office) -> None:
    office.venue.delay_s = SLOW_S
    office.tools.seen.halts.hear(FLAT)
    async with office.machine.desk() as office.desk:
        first = asyncio.create_task(office.flattener.flatten(FLAT))
        second = asyncio.create_task(office.flattener.flatten(replace(FLAT, command_id="c1/main")))
        await asyncio.sleep(SLOW_S / 2)
        office.tools.seen.halts.hear(Word("c2", "global", Level.RUNNING, 8))
        await first
        office.buy("after the resume")
        assert (await second).problems == ["paper: resumed before its turn to be closed"]
    assert len(office.venue.sent) == 1


async def test_a_closing_that_the_venue_never_received_is_closed_under_another_id_only(
    office: Office,
) -> None:
    office.venue.loses = 1
    async with office.machine.desk() as office.desk:
        result = await office.flattener.flatten(FLAT)
    [lost, closed] = office.venue.sent
    assert office.journal.orders[lost][0].state is State.NOT_SENT
    assert office.journal.orders[closed][0].state is State.FILLED
    assert result.problems == []


async def test_a_closing_past_the_journal_that_arrives_late_is_waited_for(office: Office) -> None:
    office.venue.is_late = True
    result = await office.flattener.flatten(FLAT)
    assert (len(office.venue.sent), result.problems) == (1, [])
    assert await office.held() < Decimal("0.1")


async def test_what_was_sent_through_a_desk_that_closed_is_waited_for(office: Office) -> None:
    office.venue.is_late = True
    async with office.machine.desk(is_killed=True) as office.desk:
        running = asyncio.create_task(office.flattener.flatten(FLAT))
        async with asyncio.timeout(5):
            while not office.venue.sent:  # noqa: ASYNC110  # the venue sets no event
                await asyncio.sleep(0.01)
    office.desk = None
    await running
    assert len(office.venue.sent) == 1


async def test_an_adopted_closing_is_asked_for_and_never_sent_again(office: Office) -> None:
    result = await office.flattener.flatten(FLAT)
    [terms] = office.file.read().closings
    unknown = replace(terms, client_order_id="sxunknown")
    async with office.machine.desk() as desk:
        await desk.adopt(unknown)
        async with asyncio.timeout(10):
            while not office.journal.orders["sxunknown"][0].state.is_final:  # noqa: ASYNC110  # the journal sets no event
                await asyncio.sleep(0.05)
    assert result.closing == len(office.venue.sent) == 1
    assert office.journal.orders["sxunknown"][0].state is State.NOT_SENT


async def test_positions_are_closed_although_open_orders_cannot_be_read(office: Office) -> None:
    office.venue.has_no_open_orders = True
    result = await office.flattener.flatten(FLAT)
    assert await office.held() < Decimal("0.1")
    assert result.problems == ["paper: open orders were not cancelled: alpha: open orders: 503"]


async def test_a_closing_that_the_journal_knows_is_not_sent_again_and_does_not_count_as_sent(
    office: Office, tmp_path: Path
) -> None:
    async with office.machine.desk() as office.desk:
        await office.flattener.flatten(FLAT)
    restarted = Office(tmp_path, office.journal)
    async with restarted.machine.desk() as restarted.desk:
        result = await restarted.flattener.flatten(FLAT)
    [known] = office.venue.sent
    assert (result.closing, len(restarted.venue.sent)) == (1, 1)
    assert restarted.venue.sent != office.venue.sent
    [problem] = result.problems
    assert known in problem
    assert "was sent before under this command" in problem


def commands(office: Office) -> FlatCommands:
    office.tools.seen.halts.hear(FLAT)
    return FlatCommands(
        office.tools, office.flattener, ["main"], lambda portfolio: office.desk, lambda: office.journal
    )


async def test_a_command_that_failed_is_tried_again_until_it_is_done(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operators, "_FIRST_PAUSE_S", 0.05)
    office.venue.balances_away = 2
    flats = commands(office)
    async with office.machine.desk() as office.desk:
        flats.start(FLAT)
        async with asyncio.timeout(10):
            while not office.journal.commands:  # noqa: ASYNC110  # the journal sets no event
                await asyncio.sleep(0.02)
        await flats.finish()
    assert list(office.journal.commands) == ["c1/main"]
    assert len(office.venue.sent) == 1
    assert await office.held() < Decimal("0.1")


async def test_a_command_that_failed_is_not_tried_again_once_it_is_lifted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operators, "_FIRST_PAUSE_S", 0.05)
    office.venue.balances_away = 1
    flats = commands(office)
    async with office.machine.desk() as office.desk:
        flats.start(FLAT)
        await asyncio.sleep(0.02)
        office.tools.seen.halts.hear(Word("c2", "global", Level.RUNNING, 8))
        await asyncio.sleep(0.3)
        await flats.finish()
    assert office.venue.sent == []
    assert not await office.journal.knows_command("c1/main")
