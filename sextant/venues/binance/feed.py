"""A venue's market data without any input or output: frames in, batches and statuses out.

The socket client and the fused replay both drive this. Nothing here blocks, awaits or reads a clock; the same calls give the same
batches. What cannot be read is refused with a reason and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.json import Decoder

from sextant.core.errors import InvalidValue, Refused
from sextant.core.instruments import Instrument
from sextant.core.time import MILLISECOND, SECOND
from sextant.venues.binance.books import BookLane
from sextant.venues.binance.control import is_control
from sextant.venues.binance.lanes import Lane, interval_ns
from sextant.venues.binance.links import Journal, Link, Said
from sextant.venues.binance.markets import Market
from sextant.venues.binance.messages import NAMED, OPEN, Envelope
from sextant.venues.binance.routing import Route, kind_of, route
from sextant.venues.binance.subscriptions import Connection
from sextant.venues.clock_offset import LEAD_NS, ClockOffset
from sextant.venues.native import CLOCK, FULL, LEFT, TAKEN, MarketPath, chosen, teach
from sextant.venues.stamps import split_stamp

if TYPE_CHECKING:
    from sextant_native import ClockBounds, Scanner

_HEAD: Final = b'{"stream":"'
_HEAD_LENGTH: Final = len(_HEAD)
#: After a longer pause only the newest seconds get their status.
_MOST_STATUSES: Final = 10
_KLINES: Final = Decoder(list[tuple[int, str, str, str, str, str, int, str, int, str, str, str]])


@dataclass(slots=True)
class Counts:
    """Totals since the start, over all connections of the venue. `left` are frames of a known form that native code left to us."""

    frames: int = 0
    bytes: int = 0
    left: int = 0
    refused: int = 0
    batches: int = 0
    reconnects: int = 0


class VenueFeed:
    """Market data of one venue.

    `connected`, then `on_frames` or `on_frame`, and `on_snapshot`; `tick` at least every second; `take` at will.
    """

    def __init__(
        self,
        venue: str,
        market: Market,
        connections: Sequence[Connection],
        *,
        epoch: int = 0,
        keeps_frames: bool = True,
        path: MarketPath | None = None,
        lead_ns: int = LEAD_NS,
    ) -> None:
        """`path` is what the process's environment chooses where it is not given; both say the same.

        A frame with a stamp of the venue more than `lead_ns` ahead of when it came is refused.
        """
        self.venue, self.market = venue, market
        self.path = path or chosen()
        bounds = self.path.bounds(lead_ns)
        self.clock = ClockOffset(bounds, lead_ns)
        self.counts = Counts()
        self._links = {each.name: self._link(each, epoch, bounds, keeps_frames) for each in connections}
        answers = self.path.journal() if keeps_frames else None
        self._answers = Link(venue, _answers(market), epoch=epoch, journal=answers)
        self._lanes: dict[tuple[str, str], Lane] = {}
        self.books: dict[str, BookLane] = {}
        for link in self._links.values():
            self._add_lanes(link)
        self._routes: dict[str, dict[bytes, Route]] = {name: {} for name in self._links}
        self._next_status_ns = 0
        self._second = 0

    def _link(
        self, connection: Connection, epoch: int, bounds: ClockBounds | None, keeps_frames: bool
    ) -> Link:
        journal, market = self.path.journal() if keeps_frames else None, self.market
        scanner = self.path.scanner(
            bounds, journal, is_spot=market is Market.SPOT, is_chained=market.rules.is_chained
        )
        return Link(self.venue, connection, epoch=epoch, journal=journal, scanner=scanner)

    def _add_lanes(self, link: Link) -> None:
        is_chained = self.market.rules.is_chained
        for instrument in link.connection.instruments:
            if link.connection.is_primary:
                book = BookLane(instrument, link, self.clock, self.path, is_chained=is_chained)
                self.books[instrument.name] = self._lanes[link.name, instrument.venue_symbol] = book
            else:
                self._lanes[link.name, instrument.venue_symbol] = Lane(
                    instrument, link, self.clock, self.path
                )

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        return tuple(book.instrument for book in self.books.values())

    @property
    def connections(self) -> tuple[Connection, ...]:
        return tuple(link.connection for link in self._links.values())

    @property
    def events(self) -> int:
        """Rows since the start, statuses not counted."""
        return sum(lane.events for lane in self._lanes.values())

    @property
    def gaps(self) -> int:
        """Sequence gaps since the start."""
        return sum(book.gaps for book in self.books.values())

    @property
    def pending_bytes(self) -> int:
        """Raw bytes that have not been taken yet."""
        return sum(link.pending_bytes for link in self._links.values())

    def connected(self, connection: str, epoch: int, now_ns: int) -> None:
        """A connection was opened: its epoch begins, its books are void. `epoch` grows, such as the wall clock in ns."""
        link = self._links[connection]
        self._cut(link, now_ns)
        self._finish(link)
        self.counts.reconnects += link.was_open
        link.open(epoch)
        self._cut(link, now_ns)

    def disconnected(self, connection: str, now_ns: int) -> None:
        """A connection was lost. Calling it for one that is not open changes nothing."""
        link = self._links[connection]
        if link.is_open:
            link.is_open = False
            self._cut(link, now_ns)

    def epoch(self, connection: str) -> int:
        """Return the epoch of a connection."""
        return self._links[connection].epoch

    @property
    def open_connections(self) -> int:
        return sum(link.is_open for link in self._links.values())

    @property
    def open_since_ns(self) -> dict[str, int]:
        """Return the epoch of each connection, which is when it was opened by the wall clock; 0 while it is not open."""
        return {name: link.epoch if link.is_open else 0 for name, link in self._links.items()}

    def must_reconnect(self, connection: str) -> bool:
        """Return whether the venue has announced that it will close the connection."""
        return self._links[connection].must_reconnect

    def on_frames(
        self, messages: list[bytes], receive_ns: int, connection: str, *, is_stamped: bool = False
    ) -> int:
        """Take all text frames of one read, as on_frame() does, and return the newest receive stamp, ns.

        With `is_stamped`, as a replay sends them, each begins with a receive stamp of its own, and `receive_ns` is the newest so far.
        """
        link, at, newest_ns = self._links[connection], 0, receive_ns
        while at < len(messages):
            code = TAKEN
            if link.scanner is not None:
                at, code, newest_ns = self._scan(link, link.scanner, messages, at, newest_ns, is_stamped)
            if at < len(messages):
                stamp_ns, raw = split_stamp(messages[at]) if is_stamped else (newest_ns, messages[at])
                newest_ns = max(stamp_ns, newest_ns)
                if code < TAKEN:
                    self._record(link, raw, stamp_ns)
                    self._decide(link, raw, stamp_ns, code)
                else:
                    self.on_frame(raw, stamp_ns or newest_ns, connection)
                at += 1
        return newest_ns

    def _scan(
        self, link: Link, scanner: Scanner, messages: list[bytes], at: int, newest_ns: int, is_stamped: bool
    ) -> tuple[int, int, int]:
        """Let native code take what it can; return the number of the next message, what it said of that one, and the newest stamp.

        TAKEN: it did not look at that one.
        """
        counts = self.counts
        while True:
            next_at, code, size = scanner.take(
                *(messages, at, newest_ns, self._next_status_ns, link.frames), is_stamped=is_stamped
            )
            if next_at > at:
                newest_ns = scanner.receive_ns
                link.frames += next_at - at
                counts.frames += next_at - at
                counts.bytes += size
            at = next_at
            if code <= TAKEN:
                return at, code, newest_ns
            self._taken(link, scanner, code)

    def on_frame(self, raw: bytes, receive_ns: int, connection: str) -> None:
        """Take one text frame of a connection as it came. Never raises for what the frame holds."""
        link = self._links[connection]
        if receive_ns >= self._next_status_ns:
            self.tick(receive_ns)
        self._record(link, raw, receive_ns)
        code = 0
        if link.scanner is not None:
            code = link.scanner.push(raw, receive_ns, link.frames - 1)
            if code >= TAKEN:
                self._taken(link, link.scanner, code)
                return
        self._decide(link, raw, receive_ns, code)

    def _record(self, link: Link, raw: bytes, receive_ns: int) -> None:
        link.record(raw, receive_ns)
        self.counts.frames += 1
        self.counts.bytes += len(raw)

    def _decide(self, link: Link, raw: bytes, receive_ns: int, code: int) -> None:
        """Read a frame that native code has left, or has not seen; `code` says which."""
        counts = self.counts
        counts.left += code == LEFT
        try:
            if raw[:_HEAD_LENGTH] == _HEAD:
                found = self._routes[link.name].get(raw[_HEAD_LENGTH : raw.find(b'"', _HEAD_LENGTH)])
                if found is not None:
                    message = found.wrapped.decode(raw)
                    if message.stream == found.stream and message.data.s == found.symbol:
                        found.apply(message.data, receive_ns)
                        return
            self._other(link, raw, receive_ns)
        except (msgspec.MsgspecError, Refused, UnicodeError, RecursionError) as error:
            counts.refused += 1
            link.refuse(str(error))

    def _taken(self, link: Link, scanner: Scanner, code: int) -> None:
        """Do what the newest frame asks for that native code has added."""
        if code & CLOCK:
            self.clock.saw(scanner.exchange_ns, scanner.receive_ns)
        if code & FULL:
            for lane in self._lanes.values():
                if lane.link is link and lane.writer.is_full:
                    lane.finish()

    def _other(self, link: Link, raw: bytes, receive_ns: int) -> None:
        """Frames of streams not seen before, bare payloads, answers and announcements."""
        envelope = OPEN.decode(raw)
        if is_control(envelope, link):
            return
        stream, payload = envelope.stream or "", raw
        if wrapped := bytes(envelope.data):
            payload, kind = wrapped, kind_of(stream)
            envelope = OPEN.decode(payload)
        else:
            kind = envelope.e or ("bookTicker" if bytes(envelope.u) and bytes(envelope.B) else "")
        lane = self._lane(link, envelope)
        found = route(stream, kind, lane, self.market)
        found.apply(found.raw.decode(payload), receive_ns)
        if stream.partition("@")[0] == lane.symbol.lower():
            self._routes[link.name][stream.encode()] = found
            if link.scanner is not None:
                book = lane.sync.book if isinstance(lane, BookLane) else None
                teach(link.scanner, stream, found.kind, lane.symbol, lane.writer, book)

    def _lane(self, link: Link, envelope: Envelope) -> Lane:
        symbol = envelope.s
        if symbol is None and (order := bytes(envelope.o)):
            symbol = NAMED.decode(order).s
        lane = self._lanes.get((link.name, symbol or ""))
        if lane is None:
            raise InvalidValue("symbol", str(symbol)[:64], f"one of connection {link.name}")
        return lane

    def wanted_snapshots(self) -> tuple[Instrument, ...]:
        """Return the instruments whose stream of changes has begun and waits for a snapshot."""
        return tuple(book.instrument for book in self.books.values() if book.wants_snapshot)

    def on_snapshot(self, instrument: str, raw: bytes, receive_ns: int) -> bool:
        """Take a REST depth answer; False when another must be asked for. Raises InvalidValue when it cannot be read.

        Answers are journalled as a connection of their own, so that a replay has them too.
        """
        self._answers.record(raw, receive_ns)
        try:
            return self.books[instrument].snapshot(raw, receive_ns)
        except InvalidValue as error:
            self.counts.refused += 1
            self._answers.refuse(str(error))
            raise

    def on_candles(self, instrument: str, interval: str, raw: bytes, now_ns: int) -> int:
        """Take a REST klines answer as history and return how many closed candles it held. Raises InvalidValue."""
        book = self.books[instrument]
        try:
            rows = _KLINES.decode(raw)
        except msgspec.DecodeError as error:
            raise InvalidValue("klines", raw[:80].decode(errors="replace"), f"candles ({error})") from error
        length, event_now = interval_ns(interval), now_ns + self.clock.offset_ns
        closed = [row for row in rows if row[0] * MILLISECOND + length <= event_now]
        for open_ms, opened, high, low, last, volume, *_ in closed:
            end_ns = book.candle(open_ms, interval, (opened, high, low, last), volume, is_closed=True)
            book.writer.came_from(max(book.link.frames - 1, 0), now_ns, end_ns)
        return len(closed)

    def tick(self, now_ns: int) -> None:
        """State the status of every instrument for each second of event time that has begun since the last call."""
        offset = self.clock.offset_ns
        second = (now_ns + offset) // SECOND
        if second > self._second:
            for number in range(
                max(self._second + 1, second - _MOST_STATUSES + 1) if self._second else second, second + 1
            ):
                for book in self.books.values():
                    book.status(number * SECOND - offset)
            self._second = second
        self._next_status_ns = (self._second + 1) * SECOND - offset

    def take(self) -> list[Said]:
        """Return what was said since the last call, in order per connection, and begin new batches."""
        said: list[Said] = []
        for link in self._links.values():
            self._finish(link)
            said += link.take()
        self.counts.batches += len(said)
        return said

    def take_journal(self) -> list[Journal]:
        """Return the frames since the last call as pieces of the journal."""
        journal = [piece for link in self._links.values() for piece in link.take_journal()]
        return journal + self._answers.take_journal()

    def _cut(self, link: Link, now_ns: int) -> None:
        for book in self.books.values():
            if book.link is link:
                book.cut(now_ns)

    def _finish(self, link: Link) -> None:
        for lane in self._lanes.values():
            if lane.link is link:
                lane.finish()


def _answers(market: Market) -> Connection:
    return Connection(f"{market.rules.name}-rest", "", (), (), is_primary=False)
