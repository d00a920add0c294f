"""One venue from its REST and sockets to the log: start, warm-up, live, drain."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from services.ingest.adapters.keeper import ConnectionKeeper, Patience
from services.ingest.adapters.publisher import Publisher
from services.ingest.adapters.records import Records, published_instruments
from services.ingest.adapters.snapshots import SnapshotFetcher
from services.ingest.domain.backoff import Backoff
from services.ingest.domain.rules import RuleBook
from services.ingest.domain.stamps import RecordedClock, split_stamp
from services.ingest.metrics import IngestMetrics
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Instrument
from sextant.runtime.service import Resources
from sextant.runtime.settings.platform import Venue
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.binance.market_rest import MarketRest, RestFailed
from sextant.venues.binance.markets import Market
from sextant.venues.binance.subscriptions import plan
from sextant.venues.binance.symbols import instruments
from sextant.venues.native import MarketPath

_TICK_S: Final = 0.1
_CLOCK_S: Final = 10.0
_RULES_S: Final = 300.0
_CLOCK_SAMPLES: Final = 5
_REPLAY_HOLD_S: Final = 3_600.0
_STAMPS: Final = {"X-Replay-Stamps": "1"}
_INTERVALS: Final = {1_000: "1s", 60_000: "1m", 300_000: "5m", 3_600_000: "1h"}


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
        feed = self.feed
        if self._is_replay:
            for message in messages:
                stamp, raw = split_stamp(message)
                self._newest_stamp = max(stamp, self._newest_stamp)
                feed.on_frame(raw, stamp or self._newest_stamp, connection)
            self._recorded.saw(self._newest_stamp)
        else:
            for message in messages:
                feed.on_frame(message, now, connection)
        if self.publisher.is_behind:
            for keeper in self._keepers:
                keeper.pause()
        self.publisher.wake()

    def lost(self, connection: str, reason: str) -> None:
        self.feed.disconnected(connection, self._now())
        self._tell_health(f"{connection}: {reason}")
        self.publisher.wake()

    def must_reconnect(self, connection: str) -> bool:
        return self.feed.must_reconnect(connection)

    # The parts of the work.

    async def _work(self, rest: MarketRest) -> None:
        read = await self._start(rest)
        connections = plan(
            self._market, read, self._venue.streams_per_connection, is_recording=self._is_replay
        )
        self._feed = feed = VenueFeed(
            self.name, self._market, connections, epoch=self._epoch, path=self._path
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

    async def _start(self, rest: MarketRest) -> tuple[Instrument, ...]:
        """Read and publish the instruments, however long that takes."""
        rules = RuleBook(await published_instruments(self._resources.bus, self.name))
        self._rules = rules
        backoff = Backoff(self._tuning.first_delay_s)
        while True:
            try:
                read = await self._read_rules(rest)
                break
            except (RestFailed, InvalidValue) as error:
                self._resources.health.set(self._check, False, str(error))
                self._log.warning("instruments cannot be read", reason=str(error))
                await asyncio.sleep(backoff.next(random.random()))
        await self._publish_rules(read)
        return tuple(rules.of(each.name) for each in read)

    async def _read_rules(self, rest: MarketRest) -> tuple[Instrument, ...]:
        read = instruments(
            await rest.exchange_info(),
            venue=self.name,
            operator=self._venue.operator,
            market=self._market,
            bases=self._resources.platform.assets,
            quote=self._venue.quote,
        )
        if not read:
            wanted = f"{', '.join(self._resources.platform.assets)} against {self._venue.quote}"
            raise InvalidValue(f"instruments of {self.name}", "none", f"some of {wanted}")
        return read

    async def _publish_rules(self, read: tuple[Instrument, ...]) -> None:
        now = self._clock.wall_ns()
        changed = [self._records.instrument(each, now) for each in self._rules.take(read)]
        if changed:
            await self._resources.bus.producer().send(changed)
            self._log.info("instruments published", count=len(changed))

    async def _live(self, rest: MarketRest) -> None:
        async with asyncio.TaskGroup() as group:
            if not self._is_replay:
                await self._ask_clock(rest, _CLOCK_SAMPLES)
                await self._warm_up(rest)
                group.create_task(self._follow_clock(rest))
                group.create_task(self._follow_rules(rest))
            else:
                group.create_task(self._publish_clock())
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

    async def _warm_up(self, rest: MarketRest) -> None:
        """Say the venue's own candles once, before anything live."""
        features = self._resources.platform.features
        interval = _INTERVALS.get(features.bar_ms)
        if (
            not features.warm_up_bars
            or interval is None
            or (interval == "1s" and self._market is not Market.SPOT)
        ):
            return
        await asyncio.gather(*(self._candles(rest, each, interval) for each in self.feed.instruments))
        self.publisher.wake()

    async def _candles(self, rest: MarketRest, instrument: Instrument, interval: str) -> None:
        # One more than wanted: the newest candle is not closed yet.
        limit = self._resources.platform.features.warm_up_bars + 1
        try:
            raw = await rest.klines(instrument.venue_symbol, interval, limit)
            self.feed.on_candles(instrument.name, interval, raw, self._clock.wall_ns())
        except (RestFailed, InvalidValue) as error:
            self._log.warning("no candles for warm-up", instrument=instrument.name, reason=str(error))

    async def _ask_clock(self, rest: MarketRest, samples: int) -> None:
        for _ in range(samples):
            try:
                self.feed.clock.asked(*await rest.time())
            except RestFailed as error:
                self._log.warning("the venue's clock cannot be read", reason=str(error))
                break
        self._say_clock(self._clock.wall_ns())

    async def _follow_clock(self, rest: MarketRest) -> None:
        while True:
            await asyncio.sleep(_CLOCK_S * random.uniform(0.9, 1.1))
            await self._ask_clock(rest, 1)

    async def _publish_clock(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self._say_clock(self._now())

    def _say_clock(self, estimate_ns: int) -> None:
        if self.feed.clock.is_known:
            now = self._clock.wall_ns()
            self.publisher.queue([self._records.clock(self.feed.clock, estimate_ns, now)])

    async def _follow_rules(self, rest: MarketRest) -> None:
        while True:
            await asyncio.sleep(_RULES_S * random.uniform(0.9, 1.1))
            try:
                await self._publish_rules(await self._read_rules(rest))
            except (RestFailed, InvalidValue) as error:
                self._log.warning("instruments cannot be read", reason=str(error))

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
