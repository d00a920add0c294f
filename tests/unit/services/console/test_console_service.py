"""The running console over a log in memory: what is there, what comes, and an orderly end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from services.console.domain.facts import GroupLag
from services.console.domain.panels import Screen
from services.console.lag import LagUnavailable
from services.console.service import ConsoleService, Pace
from sextant.bus.errors import BusUnavailable
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.memory.consumers import MemoryBroadcastConsumer
from sextant.bus.port import Outgoing
from tests.support.resources import make_resources
from tests.unit.services.console.story import example

FAST = Pace(0.01, 0.01, 0.01, sample_every_s=0.01, frame_s=0.01, line_s=0.01)


class CollectingCanvas:
    """Remembers screens."""

    def __init__(self) -> None:
        self.screens: list[Screen] = []
        self.is_open = False

    def open(self) -> None:
        self.is_open = True

    def draw(self, screen: Screen) -> None:
        assert self.is_open
        self.screens.append(screen)

    def close(self) -> None:
        self.is_open = False


class ShyLag:
    """Answers every second question."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_closed = False

    async def read(self) -> tuple[GroupLag, ...]:
        self.asked += 1
        if self.asked % 2 == 0:
            raise LagUnavailable("no answer")
        return (GroupLag("risk", self.asked),)

    async def close(self) -> None:
        self.is_closed = True


async def until(is_done: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_done():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("not within 5 s")


async def send(bus: MemoryBus, topic: str, name: str) -> None:
    record = example(topic, name)
    await bus.producer().send([Outgoing(topic, 0, record.key, record.value, record.headers)])


async def test_state_is_read_from_the_beginning_and_events_from_now_on() -> None:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    await send(bus, "ledger.portfolios.v1", "trading")
    await send(bus, "execution.fills.v1", "taker")
    canvas, lag, stop = CollectingCanvas(), ShyLag(), asyncio.Event()
    resources = make_resources("console", bus)
    console = ConsoleService(resources, lag, canvas, say=print, pace=FAST)
    running = asyncio.create_task(console.run(stop))
    await until(lambda: resources.health.is_ready and bool(canvas.screens))
    await send(bus, "execution.fills.v1", "maker-rebate")
    await send(bus, "features.vectors.v1", "live")
    await send(bus, "market.events.v1", "all-channels")
    await until(lambda: console.picture.counts["fills"] > 0 and bool(console.picture.streams))
    stop.set()
    await asyncio.wait_for(running, 5)
    assert console.picture.counts["fills"] == 1, "the fill from before the start is history"
    assert console.picture.portfolios["main"].entries == 2
    assert console.picture.lags == (GroupLag("risk", 1),)
    assert lag.is_closed
    assert not canvas.is_open


class RestartingBus(MemoryBus):
    """Cannot be reached when the busiest topics are asked for the first time."""

    async def broadcast(
        self, topics: Sequence[str], *, from_end: bool = False, gather_ms: int = 0
    ) -> MemoryBroadcastConsumer:
        if "market.events.v1" in topics and not self.has_failed:
            self.has_failed = True
            raise BusUnavailable(address="127.0.0.1:9092", reason="restarting")
        return await super().broadcast(topics, from_end=from_end)

    has_failed = False


async def test_a_broker_that_restarts_is_missed_in_one_sample_only() -> None:
    bus = RestartingBus(MemoryLog())
    await bus.ensure_topics()
    stop = asyncio.Event()
    console = ConsoleService(make_resources("console", bus), None, CollectingCanvas(), say=print, pace=FAST)
    running = asyncio.create_task(console.run(stop))
    await until(lambda: bus.has_failed)
    await asyncio.sleep(0.05)
    await send(bus, "market.events.v1", "all-channels")
    await until(lambda: bool(console.picture.streams))
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_without_a_terminal_it_says_a_line_now_and_then_and_one_at_the_end() -> None:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    said: list[str] = []
    stop = asyncio.Event()
    console = ConsoleService(make_resources("console", bus), None, None, say=said.append, pace=FAST)
    running = asyncio.create_task(console.run(stop))
    await until(lambda: len(said) >= 2)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert all("\n" not in line and "orders 0" in line for line in said)
