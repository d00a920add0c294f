"""What a venue says of its clock dates what it does not stamp: an answer from another century is passed over."""

from __future__ import annotations

from typing import Any, cast

import structlog

from services.ingest.adapters.publisher import Publisher
from services.ingest.adapters.records import Records
from services.ingest.adapters.venue_clock import ClockFollower
from sextant.core.time import SECOND, SettableClock
from sextant.runtime.stamp import Stamper
from sextant.venues.binance.market_rest import MarketRest
from sextant.venues.clock_offset import LEAD_NS
from tests.support.binance_feeds import make_feed

NOW = 1_700_000_000 * SECOND


class Rest:
    """Answers at once with a clock that is `ahead_ns` of ours."""

    def __init__(self, ahead_ns: int) -> None:
        self._ahead_ns = ahead_ns

    async def time(self) -> tuple[int, int, int]:
        return NOW, NOW + self._ahead_ns, NOW


class Said:
    """Takes what would be published."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def queue(self, records: list[Any]) -> None:
        self.records += records


async def test_a_clock_too_far_ahead_of_ours_is_not_believed() -> None:
    feed, _ = make_feed()
    clock, said = SettableClock(NOW), Said()
    records = Records(Stamper("ingest", "0", "local", clock), feed.venue, 1)
    log = structlog.get_logger()
    follower = ClockFollower(feed, cast(Publisher, said), records, clock, log)
    await follower.start(cast(MarketRest, Rest(LEAD_NS + 1)))
    assert (feed.clock.is_known, feed.clock.offset_ns, said.records) == (False, 0, [])
    await follower.start(cast(MarketRest, Rest(LEAD_NS)))
    assert feed.clock.offset_ns >= LEAD_NS
    assert len(said.records) == 1
