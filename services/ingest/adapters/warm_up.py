"""The venue's own candles, said once before anything live, so that strategies need not wait for theirs."""

from __future__ import annotations

import asyncio
from typing import Final

from structlog.typing import FilteringBoundLogger

from sextant.core.errors import InvalidValue
from sextant.core.instruments import Instrument
from sextant.core.time import Clock
from sextant.runtime.settings.platform import Features
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.binance.market_rest import MarketRest, RestFailed
from sextant.venues.binance.markets import Market

_INTERVALS: Final = {1_000: "1s", 60_000: "1m", 300_000: "5m", 3_600_000: "1h"}


async def warm_up(
    feed: VenueFeed, rest: MarketRest, features: Features, clock: Clock, log: FilteringBoundLogger
) -> None:
    """Fetch candles for every instrument; without them features warm up from live data."""
    interval = _INTERVALS.get(features.bar_ms)
    if not features.warm_up_bars or interval is None:
        return
    if interval == "1s" and feed.market is not Market.SPOT:
        return  # futures have no candles of a second
    # One more than wanted: the newest candle is not closed yet.
    limit = features.warm_up_bars + 1

    async def fetch(instrument: Instrument) -> None:
        try:
            raw = await rest.klines(instrument.venue_symbol, interval, limit)
            feed.on_candles(instrument.name, interval, raw, clock.wall_ns())
        except (RestFailed, InvalidValue) as error:
            log.warning("no candles for warm-up", instrument=instrument.name, reason=str(error))

    await asyncio.gather(*map(fetch, feed.instruments))
