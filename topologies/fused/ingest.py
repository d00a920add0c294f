"""One venue's market data in a fused run: what services.ingest does around its sockets, without sockets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from services.ingest.adapters.records import Records
from services.ingest.domain.rules import RuleBook
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Instrument
from sextant.core.time import MILLISECOND, SettableClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.settings.platform import Platform, Venue
from sextant.runtime.stamp import Stamper
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.binance.links import Said
from sextant.venues.binance.markets import Market
from sextant.venues.binance.subscriptions import Connection, plan
from sextant.venues.binance.symbols import instruments
from topologies.fused.line import Line

_INTERVALS: Final = {1_000: "1s", 60_000: "1m", 300_000: "5m", 3_600_000: "1h"}


class VenueIngest:
    """Instruments, feed and records of one venue. `information` is the venue's exchangeInfo answer."""

    def __init__(
        self,
        name: str,
        platform: Platform,
        information: bytes,
        line: Line,
        stamper: Stamper,
        clock: SettableClock,
    ) -> None:
        self.name, self._platform, self._line, self._clock = name, platform, line, clock
        self._stamper = stamper
        venue = platform.venues[name]
        self.market = Market(venue.protocol.value)
        self._records = Records(stamper, name, clock.now_ns)
        rules = RuleBook()
        self._changed = rules.take(_read(name, venue, platform, self.market, information))
        self.instruments = tuple(rules.of(each.name) for each in self._changed)
        self.connections: tuple[Connection, ...] = plan(
            self.market, self.instruments, venue.streams_per_connection, is_recording=venue.has_replay_stamps
        )
        self.feed = VenueFeed(
            name,
            self.market,
            self.connections,
            epoch=clock.now_ns,
            keeps_frames=False,
            lead_ns=venue.maximum_lead_ms * MILLISECOND,
        )

    def name_of(self, symbol: str) -> str:
        """Return the instrument of a venue symbol that is read here."""
        return next(each.name for each in self.instruments if each.venue_symbol == symbol)

    def publish_rules(self) -> None:
        """Say the trading rules; before anything else."""
        for instrument in self._changed:
            self._line.say(self._records.instrument(instrument, self._clock.now_ns))

    def connect(self) -> None:
        """Open every connection."""
        for each in self.connections:
            self.feed.connected(each.name, self._clock.now_ns, self._clock.now_ns)

    def disconnect(self) -> None:
        """Say that every connection is gone, and flush."""
        for each in self.connections:
            self.feed.disconnected(each.name, self._clock.now_ns)
        self.flush()

    def warm_up(self, klines: Callable[[str, str, int], bytes]) -> None:
        """Say the venue's own candles: `klines` answers for (venue symbol, interval, number of candles)."""
        features = self._platform.features
        interval = _INTERVALS.get(features.bar_ms)
        if (
            not features.warm_up_bars
            or interval is None
            or (interval == "1s" and self.market is not Market.SPOT)
        ):
            return
        for each in self.instruments:
            raw = klines(each.venue_symbol, interval, features.warm_up_bars + 1)
            self.feed.on_candles(each.name, interval, raw, self._clock.now_ns)
        self.flush()

    def say_clock(self) -> None:
        """Say the venue's clock, once something is known of it."""
        if self.feed.clock.is_known:
            now = self._clock.now_ns
            self._line.say(self._records.clock(self.feed.clock, now, now))

    def fetch_snapshots(self, depth: Callable[[str, int], bytes]) -> None:
        """Ask for the books that wait for one: `depth` answers for (venue symbol, number of levels)."""
        for each in self.feed.wanted_snapshots():
            raw = depth(each.venue_symbol, self.market.rules.depth_limit)
            self.feed.on_snapshot(each.name, raw, self._clock.now_ns)

    def flush(self) -> None:
        """Hand what was said since the last call to the line."""
        for said in self.feed.take():
            self._say(said)

    def _say(self, said: Said) -> None:
        hop = self._stamper.hop(said.receive_ns, None)
        self._line.say_batch(said.base, said.batch, said.data, said.identity, Lineage().with_hop(hop))


def connections_by_symbol(
    ingests: Sequence[VenueIngest],
) -> Mapping[tuple[str, str], tuple[VenueIngest, str]]:
    """Return who takes the frames of (venue, venue symbol), and on which connection, where all streams of a symbol share one."""
    return {
        (ingest.name, instrument.venue_symbol): (ingest, connection.name)
        for ingest in ingests
        for connection in ingest.connections
        if connection.is_primary
        for instrument in connection.instruments
    }


def _read(
    name: str, venue: Venue, platform: Platform, market: Market, information: bytes
) -> tuple[Instrument, ...]:
    found = instruments(
        information,
        venue=name,
        operator=venue.operator,
        market=market,
        bases=platform.assets,
        quote=venue.quote,
    )
    if not found:
        wanted = f"some of {', '.join(platform.assets)} against {venue.quote}"
        raise InvalidValue(f"instruments of {name}", "none", wanted)
    return found
