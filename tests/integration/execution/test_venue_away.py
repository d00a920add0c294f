"""While a venue is away its account says so, why, and that it goes on trying; an instance that let go of it says nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from aiohttp import ClientSession

from services.execution import desk
from sextant.venues.binance.orders import BinanceSpotOrders
from sextant.venues.port import OrderReport, VenueUnavailable
from simulator.exchange.interface import Side
from tests.integration.execution.world import KeptJournal, World, speaking, until
from tests.integration.simulator.venues import running_venue

CHECK = "venue/alpha-main"


class Line:
    """The line to the venue's REST interface; counts the questions under way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_cut, self.questions = False, 0
        real, line = BinanceSpotOrders.open_orders, self

        async def open_orders(venue: BinanceSpotOrders) -> Sequence[OrderReport]:
            line.questions += 1
            if line.is_cut:
                raise VenueUnavailable(venue="alpha", reason="connection refused")
            return await real(venue)

        monkeypatch.setattr(BinanceSpotOrders, "open_orders", open_orders)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    monkeypatch.setattr(desk, "_VENUE_PATIENCE_S", 0.2)
    return Line(monkeypatch)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    journal = KeptJournal()

    async def connect() -> KeptJournal:
        return journal

    async with running_venue() as venue:
        venue.quote(Side.SELL, "5", "60010")
        async with speaking(World(venue, tmp_path, connect)) as made:
            yield made


def said(world: World) -> dict[str, object] | None:
    check: dict[str, object] | None = world.tools[-1].health.report(CHECK)[1]["checks"].get(CHECK)
    return check


async def test_a_venue_that_is_away_is_named_with_the_cause_until_it_answers(
    world: World, line: Line
) -> None:
    line.is_cut = True
    async with world.running():
        expected = {"ok": False, "detail": "trying again every 1 s: alpha: connection refused"}
        await until(lambda: said(world) == expected, "the cause was not said")
        line.is_cut = False
        await until(lambda: said(world) == {"ok": True, "detail": "reconciled"}, "the venue is back")


async def test_an_instance_that_let_go_of_an_account_says_nothing_about_its_venue(
    world: World, line: Line
) -> None:
    line.is_cut = True
    async with world.running():
        assert said(world) is not None
    assert said(world) is None


async def test_a_stream_that_comes_and_goes_while_the_venue_does_not_answer_asks_one_question_at_a_time(
    world: World, line: Line
) -> None:
    async with world.running():
        line.is_cut, line.questions = True, 0
        health = world.tools[-1].health
        for _ in range(5):
            async with ClientSession(world.venue.http) as http:
                await http.post("/_sim/faults", json={"kind": "drop_connections", "scope": "all"})
            await until(lambda: not health.report("websocket")[0], "the stream is down")
            await until(lambda: health.report("websocket")[0], "the stream is up")
        asked = line.questions
        line.is_cut = False
        await until(lambda: said(world) == {"ok": True, "detail": "reconciled"}, "the venue is back")
    assert line.questions <= asked + 2
