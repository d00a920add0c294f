"""Fetches depth snapshots for books that wait for one, a few at a time, and asks again when one was too old."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from structlog.typing import FilteringBoundLogger

from services.ingest.domain.backoff import Backoff
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Instrument
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.binance.market_rest import MarketRest, RestFailed

_LOOK_S = 0.05
_AT_ONCE = 8


class SnapshotFetcher:
    """`now_ns` is the receive clock. `hold_s`: how long the venue may hold an answer back (a replay does)."""

    def __init__(
        self,
        feed: VenueFeed,
        rest: MarketRest,
        now_ns: Callable[[], int],
        on_done: Callable[[], None],
        log: FilteringBoundLogger,
        *,
        hold_s: float = 10.0,
        at_once: int = _AT_ONCE,
    ) -> None:
        self._feed, self._rest, self._now_ns, self._on_done = feed, rest, now_ns, on_done
        self._log, self._hold_s = log, hold_s
        self._room = asyncio.Semaphore(at_once)

    async def run(self) -> None:
        """Fetch until cancelled."""
        under_way: dict[str, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                for instrument in self._feed.wanted_snapshots():
                    task = under_way.get(instrument.name)
                    if task is None or task.done():
                        under_way[instrument.name] = group.create_task(self._fetch(instrument))
                await asyncio.sleep(_LOOK_S)

    async def _fetch(self, instrument: Instrument) -> None:
        backoff = Backoff(0.5, 30.0)
        while instrument in self._feed.wanted_snapshots():
            reason = await self._try(instrument)
            if not reason:
                return
            self._log.info("snapshot not usable", instrument=instrument.name, reason=reason)
            await asyncio.sleep(backoff.next(random.random()))

    async def _try(self, instrument: Instrument) -> str:
        """Return why the book is not whole now; empty when it is."""
        async with self._room:
            try:
                raw = await self._rest.depth(instrument.venue_symbol, timeout_s=self._hold_s)
                is_bridged = self._feed.on_snapshot(instrument.name, raw, self._now_ns())
            except (RestFailed, InvalidValue) as error:
                return str(error)
        self._on_done()
        return "" if is_bridged else "older than the stream"
