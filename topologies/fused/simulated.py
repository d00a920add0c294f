"""Simulated exchanges in this process, moved by the virtual clock: one seed gives one market."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from sextant.core.time import MILLISECOND, SECOND, SettableClock
from sextant.demo.plan import Plan
from sextant.runtime.settings import Platform
from sextant.runtime.stamp import Stamper
from sextant.venues.binance.feed import VenueFeed
from simulator.app import STEP_MS, VenueOptions, open_exchange
from simulator.binance.build import build_server
from simulator.binance.in_process import InProcessVenue
from simulator.binance.limits import LimitSettings
from simulator.binance.server import TICK_MS
from simulator.binance.signing import ApiKey, HmacVerifier, KeyRing
from simulator.market.population import Population
from simulator.settings import AccountEntry
from topologies.fused.accounts import SimulatedAccount
from topologies.fused.execution import VenueAccess
from topologies.fused.ingest import VenueIngest
from topologies.fused.line import Line

#: Where virtual time begins, 2026-01-01T00:00:00Z.
START_NS: Final = 1_767_225_600 * SECOND
_STEP_NS: Final = STEP_MS * MILLISECOND
_STEPS_PER_TICK: Final = TICK_MS // STEP_MS
_BASIS_POINTS: Final = Decimal(10_000)


class _Venue:
    """One exchange with its traders."""

    def __init__(self, name: str, plan: Plan, platform: Platform, clock: SettableClock) -> None:
        settings = platform.venues[name]
        accounts = {
            account: AccountEntry(
                dict(each.opening),
                each.maker_fee_bp / _BASIS_POINTS,
                each.taker_fee_bp / _BASIS_POINTS,
            )
            for account, each in sorted(platform.venue_accounts.items())
            if each.venue == name
        }
        # Whoever holds the venue in this process is trusted: the keys are never used.
        keys = KeyRing([ApiKey(f"fused-{account}", account, HmacVerifier(b"unused")) for account in accounts])
        options = VenueOptions(
            settings.operator,
            plan.seed,
            platform.assets,
            settings.quote,
            quiet=plan.quiet_market,
            accounts=accounts,
        )
        self.clock = clock
        exchange = open_exchange(options, keys, lambda: clock.now_ns)
        self.population = Population(
            exchange,
            seed=plan.seed,
            operator=settings.operator,
            assets=platform.assets,
            quiet=plan.quiet_market,
            epoch_ns=clock.now_ns,
        )
        limits = LimitSettings(weight_per_minute=600_000, orders_per_10_seconds=10_000)
        self.venue = InProcessVenue(
            build_server(exchange, keys, operator=settings.operator, seed=plan.seed, limits=limits)
        )
        self.population.open(clock.now_ns)
        self.accounts = {account: SimulatedAccount(account, self.venue) for account in accounts}

    def subscribe(self, ingest: VenueIngest) -> None:
        """Hand every frame of the connections' streams to the feed, wrapped as on a combined stream."""
        for connection in ingest.connections:
            self.venue.subscribe(connection.streams, _push(ingest.feed, connection.name, self.clock))

    def klines(self, symbol: str, interval: str, limit: int) -> bytes:
        return self.venue.request(
            "GET", "/api/v3/klines", {"symbol": symbol, "interval": interval, "limit": str(limit)}
        )

    def depth(self, symbol: str, limit: int) -> bytes:
        return self.venue.request("GET", "/api/v3/depth", {"symbol": symbol, "limit": str(limit)})


class SimulatedMarket:
    """All venues of the platform. Steps of 50 ms, streams flushed every 100 ms, as the simulator's own process does."""

    clock_period_ns = 10 * SECOND

    def __init__(
        self, plan: Plan, platform: Platform, line: Line, stamper: Stamper, clock: SettableClock
    ) -> None:
        self._clock = clock
        self._end_ns = clock.now_ns + int(plan.seconds * SECOND)
        self._venues = {name: _Venue(name, plan, platform, clock) for name in platform.venues}
        self.books: Mapping[str, SimulatedAccount] = {
            name: account for venue in self._venues.values() for name, account in venue.accounts.items()
        }
        self.accounts: Mapping[str, VenueAccess] = {
            name: VenueAccess(account, clock.wall_ns) for name, account in sorted(self.books.items())
        }
        self.ingests: Sequence[VenueIngest] = [
            VenueIngest(
                name, platform, each.venue.request("GET", "/api/v3/exchangeInfo", {}), line, stamper, clock
            )
            for name, each in self._venues.items()
        ]
        self._steps = 0

    def start(self) -> None:
        for ingest in self.ingests:
            venue = self._venues[ingest.name]
            now = self._clock.now_ns
            # The exchange reads our own clock: asked without a way to go, it answers its whole millisecond.
            ingest.feed.clock.asked(now, now // MILLISECOND * MILLISECOND, now)
            ingest.warm_up(venue.klines)
            ingest.connect()
            venue.subscribe(ingest)

    def next_ns(self) -> int | None:
        due = self._clock.now_ns + _STEP_NS
        return due if due <= self._end_ns else None

    def step(self) -> None:
        now = self._clock.now_ns
        self._steps += 1
        for ingest in self.ingests:
            venue = self._venues[ingest.name]
            venue.population.step(now)
            if self._steps % _STEPS_PER_TICK == 0:
                venue.venue.tick()
            ingest.fetch_snapshots(venue.depth)
            ingest.feed.tick(now)
            ingest.flush()

    def stop(self) -> None:
        for ingest in self.ingests:
            ingest.disconnect()


def _push(feed: VenueFeed, connection: str, clock: SettableClock) -> Callable[[str, bytes], None]:
    heads: dict[str, bytes] = {}

    def push(stream: str, payload: bytes) -> None:
        head = heads.get(stream)
        if head is None:
            head = heads[stream] = b'{"stream":"' + stream.encode() + b'","data":'
        feed.on_frame(head + payload + b"}", clock.now_ns, connection)

    return push
