"""What venues say while a desk opens is taken, and what a stream loses is found by a regular comparison."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from services.execution import desk as desk_module
from services.execution.desks import Desks
from services.execution.domain.order import State
from services.execution.emergency_log import EmergencyLog
from services.execution.words import Words
from sextant.core.instruments import Side
from sextant.venues.paper.exchange import PaperExchange
from sextant.venues.paper.venue import PaperVenue
from sextant.venues.port import OrderReport
from tests.unit.services.execution.test_past import GTC, PARTITION, Machine, state, terms, world
from tests.unit.venues.paper.test_paper_exchange import book


class SlowVenue(PaperVenue):
    """A venue that does not say what is open there until it is let."""

    def __init__(self, exchange: PaperExchange) -> None:
        super().__init__(exchange)
        self.answers = asyncio.Event()

    async def open_orders(self) -> Sequence[OrderReport]:
        await self.answers.wait()
        return await super().open_orders()


async def test_a_report_is_taken_while_another_account_is_still_being_compared(tmp_path: Path) -> None:
    journal, log = world()
    first = Machine(journal, log)
    async with first.desk() as desk:
        await desk.operate(terms("rests", Side.BUY, "2", "99.50", GTC))
        await state(journal, "rests", State.OPEN)
    machine = Machine(journal, log)
    slow = SlowVenue(machine.venue.exchange)
    late = replace(machine.account, name="late", venue=slow, restore=None)
    machine.tools.accounts = {"paper": machine.account, "late": late}
    words = Words(machine.tools, EmergencyLog(tmp_path / "emergency.jsonl"), lambda: None, None)
    desks = Desks(machine.resources, machine.tools, words, lambda word: None)
    opening = asyncio.create_task(desks.open(journal, PARTITION))
    async with asyncio.timeout(5):
        while not machine.tools.health.report("venue/paper")[1]["checks"]:  # noqa: ASYNC110  # it sets no event
            await asyncio.sleep(0.01)
    desk_of_reports = desks.of("main")
    assert not opening.done()
    assert desk_of_reports is not None, "the report would meet nobody"
    await machine.hears(desk_of_reports, 2, (2, 9940, 50))
    await state(journal, "rests", State.FILLED)
    slow.answers.set()
    await opening
    await desks.close([PARTITION])


async def test_a_report_that_was_lost_is_found_without_a_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "_REGULARLY_S", 0.05)
    journal, log = world()
    machine = Machine(journal, log)
    async with machine.desk() as desk:
        await desk.operate(terms("rests", Side.BUY, "2", "99.50", GTC))
        await state(journal, "rests", State.OPEN)
        machine.venue.exchange.apply(book(2, (2, 9940, 50), snapshot=False))  # nobody hands the report on
        await state(journal, "rests", State.FILLED)
