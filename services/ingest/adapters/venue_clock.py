"""How far a venue's clock is from ours: asked over REST, or seen in a recording, and published."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Final

from structlog.typing import FilteringBoundLogger

from services.ingest.adapters.publisher import Publisher
from services.ingest.adapters.records import Records
from sextant.core.time import Clock
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.binance.market_rest import MarketRest, RestFailed

_AGAIN_S: Final = 10.0
_RECORDED_S: Final = 1.0
_FIRST_SAMPLES: Final = 5


class ClockFollower:
    """Keeps the feed's estimate of its venue's clock fresh and says it."""

    def __init__(
        self, feed: VenueFeed, publisher: Publisher, records: Records, clock: Clock, log: FilteringBoundLogger
    ) -> None:
        self._feed, self._publisher, self._records = feed, publisher, records
        self._clock, self._log = clock, log

    async def start(self, rest: MarketRest) -> None:
        """Ask several times, so that the first estimate is a good one."""
        await self._ask(rest, _FIRST_SAMPLES)

    async def follow(self, rest: MarketRest) -> None:
        """Ask again and again until cancelled."""
        while True:
            await asyncio.sleep(_AGAIN_S * random.uniform(0.9, 1.1))
            await self._ask(rest, 1)

    async def follow_recording(self, now_ns: Callable[[], int]) -> None:
        """Say what the recording shows until cancelled; nobody can be asked any more."""
        while True:
            await asyncio.sleep(_RECORDED_S)
            self._say(now_ns())

    async def _ask(self, rest: MarketRest, samples: int) -> None:
        for _ in range(samples):
            try:
                sent_ns, server_ns, received_ns = await rest.time()
            except RestFailed as error:
                self._log.warning("the venue's clock cannot be read", reason=str(error))
                break
            if self._feed.clock.is_ahead(server_ns, received_ns):
                # Quotes without a stamp would be dated by it.
                self._log.warning("the venue's clock is too far ahead of ours", server_ns=server_ns)
                break
            self._feed.clock.asked(sent_ns, server_ns, received_ns)
        self._say(self._clock.wall_ns())

    def _say(self, estimate_ns: int) -> None:
        if self._feed.clock.is_known:
            now = self._clock.wall_ns()
            self._publisher.queue([self._records.clock(self._feed.clock, estimate_ns, now)])
