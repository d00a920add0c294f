"""A recording as three venues in this process: its receive stamps are the virtual clock, orders match on paper."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Final

from services.ingest.domain.recorded_clock import RecordedClock
from sextant.contracts.instruments import instrument_of
from sextant.core.errors import InvalidValue
from sextant.core.time import MILLISECOND, SECOND, SettableClock
from sextant.runtime.settings import Platform
from sextant.runtime.settings.platform import VenueAccount
from sextant.runtime.stage import Input
from sextant.runtime.stamp import ROOT_TOPIC, Stamper
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.paper.direct import DirectPaper
from sextant.venues.paper.exchange import PaperExchange
from simulator.replay.instruments import exchange_info, instrument
from simulator.replay.recording import SNAPSHOT_PREFIX, RecordedFrame, RecordingFile, Venue, blocks
from topologies.fused.execution import VenueAccess
from topologies.fused.ingest import VenueIngest, connections_by_symbol
from topologies.fused.line import Line

#: Frames that came within this span of receive time are read before batches are taken; see docs/adr/0010-fused-topology.md.
DRAIN_NS: Final = 100 * MILLISECOND
_stamp = itemgetter(0)


class _Socket:
    """A connection of a venue that plays a recording: frames wait behind their receive stamps until they are read at once."""

    __slots__ = ("_connection", "_newest_ns", "feed", "instrument", "waiting")

    def __init__(self, feed: VenueFeed, connection: str, instrument: str) -> None:
        self.feed, self._connection, self.instrument = feed, connection, instrument
        self.waiting: list[bytes] = []
        self._newest_ns = 0

    def read(self) -> None:
        if self.waiting:
            self._newest_ns = self.feed.on_frames(
                self.waiting, self._newest_ns, self._connection, is_stamped=True
            )
            self.waiting.clear()


class RecordedMarket:
    """Plays the files of a recording as fast as they are read. The clock must stand at the first frame's stamp."""

    clock_period_ns = SECOND

    def __init__(
        self,
        files: Sequence[RecordingFile],
        platform: Platform,
        line: Line,
        stamper: Stamper,
        clock: SettableClock,
        *,
        drain_ns: int = DRAIN_NS,
    ) -> None:
        self._clock, self._drain_ns = clock, drain_ns
        self._blocks = blocks(files)
        self._block: list[RecordedFrame] = []
        self._at = 0
        self._recorded = RecordedClock()
        self.ingests: Sequence[VenueIngest] = [
            VenueIngest(name, platform, _information(name, files, clock.now_ns), line, stamper, clock)
            for name in platform.venues
        ]
        self._newest = dict.fromkeys(platform.venues, 0)
        self._sockets = {
            place: _Socket(ingest.feed, connection, ingest.name_of(place[1]))
            for place, (ingest, connection) in connections_by_symbol(self.ingests).items()
        }
        self._papers: dict[str, list[DirectPaper]] = {name: [] for name in platform.venues}
        self.accounts: Mapping[str, VenueAccess] = {
            name: self._open(settings) for name, settings in sorted(platform.venue_accounts.items())
        }
        line.listen("market.instruments.v1", self._on_instrument)
        line.listen(ROOT_TOPIC, self._on_batch)

    def start(self) -> None:
        """Open every connection."""
        for ingest in self.ingests:
            ingest.connect()

    def next_ns(self) -> int | None:
        """Return the end of the next span of frames; None after the last frame."""
        return self._block[self._at].receive_ns + self._drain_ns if self._has_more() else None

    def step(self) -> None:
        """Read every frame up to the clock, and flush."""
        now, newest = self._clock.now_ns, self._newest
        while self._has_more() and self._block[self._at].receive_ns <= now:
            begin, self._at = self._at, bisect_right(self._block, now, self._at, key=_stamp)
            self._receive(self._block[begin : self._at])
        self._recorded.saw(max(newest.values()))
        for ingest in self.ingests:
            # A silent venue states its seconds too, by the others' stamps.
            ingest.feed.tick(self._recorded.for_venue(newest[ingest.name]))
            ingest.flush()

    def stop(self) -> None:
        """Close every connection."""
        for ingest in self.ingests:
            ingest.disconnect()

    def _receive(self, frames: Sequence[RecordedFrame]) -> None:
        """Let each connection read what came on it."""
        sockets, newest = self._sockets, self._newest
        for receive_ns, venue, symbol, raw in frames:
            socket = sockets.get((venue, symbol))
            if socket is None:
                continue
            if raw.startswith(SNAPSHOT_PREFIX):
                socket.read()
                socket.feed.on_snapshot(socket.instrument, raw, receive_ns)
            else:
                socket.waiting.append(b"%d %b" % (receive_ns, raw))
            newest[venue] = receive_ns
        for socket in sockets.values():
            socket.read()

    def _has_more(self) -> bool:
        while self._at == len(self._block):
            block = next(self._blocks, None)
            if block is None:
                return False
            self._block, self._at = block, 0
        return True

    def _open(self, settings: VenueAccount) -> VenueAccess:
        exchange = PaperExchange(
            settings.opening,
            taker_fee_bp=settings.taker_fee_bp,
            maker_fee_bp=settings.maker_fee_bp,
        )
        paper = DirectPaper(exchange)
        self._papers[settings.venue].append(paper)
        return VenueAccess(paper, lambda: exchange.time_ns)

    def _on_instrument(self, record: Input) -> None:
        rules = instrument_of(record.value)
        for paper in self._papers[rules.venue]:
            paper.exchange.set_instrument(rules)

    def _on_batch(self, record: Input) -> None:
        for paper in self._papers[record.value.venue]:
            paper.market(record.value)


def first_stamp_ns(files: Sequence[RecordingFile]) -> int:
    """Return the receive stamp with which a recording begins. Raises InvalidValue for one without frames."""
    first = next(chain.from_iterable(blocks(files)), None)
    if first is None:
        raise InvalidValue("recording", "no frame", "at least one")
    return first.receive_ns


def _information(name: str, files: Sequence[RecordingFile], now_ns: int) -> bytes:
    """Return the venue's exchangeInfo answer about what was recorded."""
    venue = Venue(name)
    recorded = [instrument(venue, file.symbol) for file in files if file.venue is venue]
    return json.dumps(exchange_info(venue, recorded, now_ns // MILLISECOND)).encode()
