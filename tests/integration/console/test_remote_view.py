"""A dashboard elsewhere: it draws what the console would draw, says when its picture is old, and finds a console that comes back."""

from __future__ import annotations

import asyncio

import pytest

from services.console.domain.panels import Screen, Tone
from services.console.remote import RemoteView
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing
from sextant.operator.calls import CallFailed
from sextant.operator.client import OperatorClient
from tests.integration.console.world import DEAD, KEYS, serving, until
from tests.unit.services.console.story import example


class CollectingCanvas:
    """Remembers the newest screen."""

    def __init__(self) -> None:
        self.is_open = False
        self.screen: Screen | None = None

    def open(self) -> None:
        self.is_open = True

    def draw(self, screen: Screen) -> None:
        assert self.is_open
        self.screen = screen

    def close(self) -> None:
        self.is_open = False

    def says(self, words: str) -> bool:
        return self.screen is not None and any(words in cell.text for cell in self.screen.top)

    def is_old(self) -> bool:
        return self.screen is not None and self.screen.top[0].tone is Tone.ALARM


async def test_it_draws_what_the_console_knows_and_says_when_that_is_old() -> None:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    record = example("risk.breakers.v1", "closed")
    await bus.producer().send([Outgoing("risk.breakers.v1", 0, record.key, record.value, record.headers)])
    canvas, stop = CollectingCanvas(), asyncio.Event()
    async with serving(bus) as served:
        await until(lambda: served.console.picture.is_caught_up, "not caught up")
        address = served.address
        client = served.client()
        running = asyncio.create_task(RemoteView(client, canvas, print, every_s=0.05).run(stop))
        await until(lambda: canvas.says("breaker CLOSED"), "no screen")
        assert not canvas.is_old()
    await until(canvas.is_old, "an old picture is shown as if it were new")
    assert canvas.says("breaker CLOSED"), "the last picture stays"
    async with serving(bus, port=int(address.rpartition(":")[2])):
        await until(lambda: not canvas.is_old(), "the console that came back is not seen")
    stop.set()
    await asyncio.wait_for(running, 10)
    await client.close()
    assert not canvas.is_open


async def test_without_a_terminal_it_says_lines() -> None:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    said: list[str] = []
    stop = asyncio.Event()
    async with serving(bus) as served, served.client() as client:
        running = asyncio.create_task(RemoteView(client, None, said.append, every_s=0.05).run(stop))
        await until(lambda: len(said) >= 2, "nothing is said")
        stop.set()
        await asyncio.wait_for(running, 10)
    assert all("orders 0" in line for line in said)


async def test_nobody_at_the_address_ends_it_with_a_sentence() -> None:
    async with OperatorClient(DEAD, KEYS.api_token) as client:
        with pytest.raises(CallFailed, match="no operator API answers"):
            await RemoteView(client, CollectingCanvas(), print).run(asyncio.Event())
