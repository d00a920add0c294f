"""One venue from its REST and sockets to the log: start, warm-up, live, drain."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from services.ingest.adapters.keeper import ConnectionKeeper, Patience
from services.ingest.adapters.publisher import Publisher
from services.ingest.adapters.records import Records
from services.ingest.adapters.snapshots import SnapshotFetcher
from services.ingest.adapters.trading_rules import TradingRules
from services.ingest.adapters.venue_clock import ClockFollower
from services.ingest.adapters.warm_up import warm_up
from services.ingest.domain.backoff import Backoff
from services.ingest.domain.recorded_clock import RecordedClock
from services.ingest.metrics import IngestMetrics
from sextant.core.time import MILLISECOND
from sextant.runtime.service import Resources
from sextant.runtime.settings.platform import Venue
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.binance.market_rest import MarketRest
from sextant.venues.binance.markets import Market
from sextant.venues.binance.subscriptions import plan
from sextant.venues.native import MarketPath

_TICK_S: Final = 0.1
_REPLAY_HOLD_S: Final = 3_600.0
_STAMPS: Final = {"X-Replay-Stamps": "1"}


@dataclass(slots=True)
class Tuning:
    """What tests make shorter."""

    patience: Patience = field(default_factory=Patience)
    first_delay_s: float = 0.25


class VenueSession:
    """One venue. `recorded` is shared by all venues of a replay; `path` says who reads the frames."""

    def __init__(
        self,
        name: str,
        venue: Venue,
        resources: Resources,
        metrics: IngestMetrics,
        recorded: RecordedClock,
        path: MarketPath,
        tuning: Tuning | None = None,
    ) -> None:
        self.name, self._venue, self._resources, self._metrics = name, venue, resources, metrics
        self._market = Market(venue.protocol.value)
        self._clock, self._recorded = resources.clock, recorded
        self._is_replay = venue.has_replay_stamps
        self._path = path
        self._tuning = tuning or Tuning()
        self._log = resources.log.bind(venue=name)
        self._check = f"websocket/{name}"
        self._epoch = resources.clock.wall_ns()
        self._records = Records(resources.stamper, name, self._epoch)
        self._rules = TradingRules(name, venue, resources, self._records, self._log, check=self._check)
        self._newest_stamp = 0
        self._has_ended = False
        self._keepers: list[ConnectionKeeper] = []
        self._feed: VenueFeed | None = None
        self._publisher: Publisher | None = None

    @property
    def feed(self) -> VenueFeed:
        assert self._feed is not None, "the session has read its instruments"
        return self._feed

    @property
    def publisher(self) -> Publisher:
        assert self._publisher is not None, "the session has read its instruments"
        return self._publisher

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then say that the venue is disconnected and flush. Raises OutputLost when the log is lost."""
        self._resources.health.set(self._check, False, "starting")
        async with aiohttp.ClientSession() as http:
            rest = MarketRest(http, self._venue.rest_url, self._market, self._clock)
            work = asyncio.create_task(self._work(rest))
            stopped = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait([work, stopped], return_when=asyncio.FIRST_COMPLETED)
            finally:
                stopped.cancel()
                work.cancel()
                await asyncio.wait([work])
        if not work.cancelled():
            work.result()

    # What the connections call.

    def opened(self, connection: str) -> None:
        self.feed.connected(connection, self._clock.wall_ns(), self._now())
        self._log.info("connected", connection=connection, epoch=self.feed.epoch(connection))
        self._tell_health("")

    def received(self, connection: str, messages: list[bytes]) -> None:
        self.publisher.newest_ns = now = self._clock.wall_ns()
        if self._is_replay:
            self._newest_stamp = self.feed.on_frames(
                messages, self._newest_stamp, connection, is_stamped=True
            )
            self._recorded.saw(self._newest_stamp)
        else:
            self.feed.on_frames(messages, now, connection)
        if self.publisher.is_behind:
            for keeper in self._keepers:
                keeper.pause()
        self.publisher.wake()

    def lost(self, connection: str, reason: str) -> None:
        self.feed.disconnected(connection, self._now())
        self._tell_health(f"{connection}: {reason}")
        self.publisher.finish()

    def must_reconnect(self, connection: str) -> bool:
        return self.feed.must_reconnect(connection)

    # The parts of the work.

    async def _work(self, rest: MarketRest) -> None:
        read = await self._rules.start(rest, Backoff(self._tuning.first_delay_s))
        connections = plan(
            self._market, read, self._venue.streams_per_connection, is_recording=self._is_replay
        )
        self._feed = feed = VenueFeed(
            self.name,
            self._market,
            connections,
            epoch=self._epoch,
            path=self._path,
            lead_ns=self._venue.maximum_lead_ms * MILLISECOND,
        )
        self._publisher = Publisher(
            feed, self._resources.bus.producer(), self._records, self._metrics, self._drained
        )
        self._metrics.watch(feed)
        self._keepers = [
            ConnectionKeeper(
                each.name,
                each.url(self._venue.stream_url),
                self,
                self._log,
                headers=_STAMPS if self._is_replay else None,
                cut=self._path.cut,
                patience=self._patience(),
                backoff=Backoff(self._tuning.first_delay_s),
                ends_with_recording=self._is_replay,
            )
            for each in connections
        ]
        sending = asyncio.create_task(self.publisher.run())
        living = asyncio.create_task(self._live(rest))
        try:
            await asyncio.wait([sending, living], return_when=asyncio.FIRST_COMPLETED)
        finally:
            living.cancel()
            await asyncio.wait([living])
            self.publisher.close()
            await asyncio.wait([sending], timeout=self._resources.process.drain_s)
            sending.cancel()
        for task in (sending, living):
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def _live(self, rest: MarketRest) -> None:
        clock = ClockFollower(self.feed, self.publisher, self._records, self._clock, self._log)
        async with asyncio.TaskGroup() as group:
            if not self._is_replay:
                await clock.start(rest)
                await warm_up(self.feed, rest, self._resources.platform.features, self._clock, self._log)
                self.publisher.wake()
                group.create_task(clock.follow(rest))
                group.create_task(self._rules.follow(rest))
            else:
                group.create_task(clock.follow_recording(self._now))
            group.create_task(self._tick())
            fetcher = SnapshotFetcher(
                *(self.feed, rest, self._now, self.publisher.wake, self._log),
                hold_s=_REPLAY_HOLD_S if self._is_replay else 10.0,
            )
            group.create_task(fetcher.run())
            connections = [group.create_task(keeper.run()) for keeper in self._keepers]
            await asyncio.wait(connections)
            self._has_ended = True
            self._resources.health.set(self._check, True, "recording ended")

    async def _tick(self) -> None:
        """State the status of every second, also when nothing comes; in a replay seconds are the recording's."""
        while True:
            now = self._now()
            if now and not self._has_ended:
                self.feed.tick(now)
                self.publisher.wake()
            await asyncio.sleep(_TICK_S)

    def _now(self) -> int:
        """Return the receive clock."""
        return self._recorded.for_venue(self._newest_stamp) if self._is_replay else self._clock.wall_ns()

    def _patience(self) -> Patience:
        patience = self._tuning.patience
        if not self._is_replay:
            return patience
        return Patience(patience.ping_s, patience.pong_s, None, patience.check_s, patience.good_s)

    def _drained(self) -> None:
        for keeper in self._keepers:
            keeper.resume()

    def _tell_health(self, detail: str) -> None:
        opened, wanted = self.feed.open_connections, len(self.feed.connections)
        self._resources.health.set(
            self._check, opened == wanted, detail or f"{opened} of {wanted} connections open"
        )
