"""Running the console: topics in, a picture of them out, to a terminal, to lines of text, and to whoever asks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol

from services.console.domain.panels import Screen
from services.console.domain.picture import Picture
from services.console.domain.screen import build_screen, status_line
from services.console.domain.summary import Summary, summarise
from services.console.feed import Feed
from services.console.lag import LagSource, LagUnavailable
from services.console.state import COMPACTED, EVENTS, SAMPLED, Reader
from sextant.bus.errors import BusUnavailable
from sextant.core.time import SECOND
from sextant.runtime.service import Resources

_FRAME_S: Final = 0.25
_LINE_S: Final = 5.0
_LAG_S: Final = 2.0
_BEAT_S: Final = 1.0
_RECORDS: Final = 5_000
#: Vectors are many and come once a bar.
_VECTORS: Final = "features.vectors.v1"
_ORDERS: Final = "execution.orders.v1"
#: How far back orders are read when the console starts, records a partition: those that are open now were changed lately.
_RECALLED: Final = 5_000
#: A status comes every second: a little longer than that finds one of every stream.
_SAMPLE_S: Final = 1.2
_SAMPLE_POLL_S: Final = 0.3
_SAMPLE_RECORDS: Final = 4_000
_BETWEEN_SAMPLES_S: Final = 5.0


class Canvas(Protocol):
    """Where screens are drawn."""

    def open(self) -> None: ...

    def draw(self, screen: Screen) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How often topics are looked at, s: a poll collects what has come meanwhile, which costs less than taking each record at once."""

    compacted_s: float = 1.0
    events_s: float = 0.5
    vectors_s: float = 1.0
    sample_every_s: float = _BETWEEN_SAMPLES_S
    frame_s: float = _FRAME_S
    line_s: float = _LINE_S


class ConsoleService:
    """Reads without a group, so that any number of consoles may look on; commits and decides nothing.

    It draws on `canvas`, else says a line now and then by `say`, else shows nothing by itself.
    """

    def __init__(
        self,
        resources: Resources,
        lag: LagSource | None,
        canvas: Canvas | None,
        *,
        say: Callable[[str], None] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._resources, self._lag, self._canvas, self._say = resources, lag, canvas, say
        self._clock, self._pace = resources.clock, pace or Pace()
        platform = resources.platform
        self.picture = Picture(platform.mode.value, tuple(platform.venues), resources.clock.wall_ns())
        self.feed = Feed()
        self._reader = Reader(self.picture, self.feed.publish)
        self._behind = {"state", "orders"}
        self._drawn = (-1, -1)

    def summary(self) -> Summary:
        """Return the picture of this moment."""
        return summarise(self.picture, self._clock.wall_ns())

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`, and show what was seen once more. Raises BusUnavailable when the log cannot be reached at the start."""
        for check in self._behind:
            self._resources.health.set(check, False, "reading")
        tasks = [asyncio.create_task(work) for work in self._works()]
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.wait([stopped, *tasks])
            if self._lag is not None:
                await self._lag.close()
        for task in tasks:
            if not task.cancelled():
                task.result()

    def _works(self) -> list[Coroutine[Any, Any, None]]:
        pace = self._pace
        works = [
            self._beat(),
            self._follow(COMPACTED, pace.compacted_s, from_end=False),
            self._follow_events(),
            self._follow((_VECTORS,), pace.vectors_s, from_end=True),
            self._sample(),
        ]
        if self._canvas is not None:
            works.append(self._draw(self._canvas))
        elif self._say is not None:
            works.append(self._print(self._say))
        if self._lag is not None:
            works.append(self._watch_lag(self._lag))
        return works

    async def _beat(self) -> None:
        while True:
            self._resources.health.beat()
            await asyncio.sleep(_BEAT_S)

    async def _follow_events(self) -> None:
        """Follow from now on, and read back what orders were before: in this order, so that no change lies in between."""
        topics = tuple(topic for topic in EVENTS if topic != _VECTORS)
        await self._follow(topics, self._pace.events_s, from_end=True, first=self._recall)

    async def _recall(self) -> None:
        bus = self._resources.bus
        for at, end in (await bus.end_offsets(_ORDERS)).items():
            if end:
                self._reader.recall(await bus.read(at, max(0, end - _RECALLED), end))
        self._caught_up("orders")

    async def _follow(
        self,
        topics: tuple[str, ...],
        every_s: float,
        *,
        from_end: bool,
        first: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        consumer = await self._resources.bus.broadcast(topics, from_end=from_end)
        try:
            if first is not None:
                await first()
            while True:
                records = await consumer.poll(max_records=_RECORDS, timeout_s=0)
                self._reader.take(records, self._clock.wall_ns())
                if not from_end and consumer.is_ready:
                    self._caught_up("state")
                if len(records) < _RECORDS:
                    await asyncio.sleep(every_s)
        finally:
            await consumer.stop()

    def _caught_up(self, check: str) -> None:
        if check in self._behind:
            self._behind.discard(check)
            self._resources.health.set(check, True, "caught up")
            self.picture.is_caught_up = not self._behind

    async def _sample(self) -> None:
        """Look at the busiest topics for a moment, again and again: what is shown of them is said every second."""
        while True:
            # A broker that restarts is missed in one sample; the other readers wait for it themselves.
            with contextlib.suppress(BusUnavailable):
                await self._look()
            await asyncio.sleep(self._pace.sample_every_s)

    async def _look(self) -> None:
        consumer = await self._resources.bus.broadcast(SAMPLED, from_end=True)
        loop = asyncio.get_running_loop()
        until, read = loop.time() + _SAMPLE_S, 0
        try:
            while loop.time() < until and read < _SAMPLE_RECORDS:
                await asyncio.sleep(_SAMPLE_POLL_S)
                records = await consumer.poll(max_records=_SAMPLE_RECORDS, timeout_s=0)
                read += len(records)
                self._reader.take(records, self._clock.wall_ns())
        finally:
            await consumer.stop()

    async def _watch_lag(self, lag: LagSource) -> None:
        while True:
            with contextlib.suppress(LagUnavailable):
                self.picture.lags = await lag.read()
            await asyncio.sleep(_LAG_S)

    async def _draw(self, canvas: Canvas) -> None:
        canvas.open()
        try:
            while True:
                if self._has_changed():
                    canvas.draw(build_screen(self.summary()))
                await asyncio.sleep(self._pace.frame_s)
        finally:
            canvas.draw(build_screen(self.summary()))
            canvas.close()

    def _has_changed(self) -> bool:
        """Return whether a new frame would differ: something was read, or a second has passed."""
        now = (self._reader.read_so_far, self._clock.wall_ns() // SECOND)
        before, self._drawn = self._drawn, now
        return now != before

    async def _print(self, say: Callable[[str], None]) -> None:
        try:
            while True:
                await asyncio.sleep(self._pace.line_s)
                say(status_line(self.summary()))
        finally:
            say(status_line(self.summary()))
