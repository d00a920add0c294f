"""Messages to rows: what one instrument says on one connection, everything but the book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sextant.contracts.market.v1 import events_pb2
from sextant.contracts.scaled import DoesNotFit, Scale
from sextant.core.decimals import exponent_of
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Instrument
from sextant.core.time import MILLISECOND
from sextant.venues.binance.links import Link
from sextant.venues.binance.messages import (
    AggregateTrade,
    FuturesQuote,
    Kline,
    Liquidation,
    Mark,
    Quote,
    Trade,
)
from sextant.venues.clock_offset import ClockOffset
from sextant.venues.native import MarketPath

if TYPE_CHECKING:
    from sextant.venues.native import Writer

BUY, SELL = 1, 2
_UNIT_NS: Final = {"s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000, "d": 86_400_000_000_000}
#: Of whatever unit, so many characters fit into 64 bits of ns.
_INTERVAL_LENGTH: Final = 6
_MARKET_FILL: Final = "MARKET"


def scale_of(instrument: Instrument) -> Scale:
    """Return the scale of an instrument's own steps."""
    return Scale.of(exponent_of(instrument.tick), exponent_of(instrument.lot))


def interval_ns(text: str) -> int:
    """Return the length of "1s", "5m", "1h" or "1d" in ns. Raises InvalidValue for others (weeks and months are not constant)."""
    unit = _UNIT_NS.get(text[-1:])
    if unit is None or not text[:-1].isdecimal() or not text.isascii() or len(text) > _INTERVAL_LENGTH:
        raise InvalidValue("interval", text, "a number of s, m, h or d")
    return int(text[:-1]) * unit


class Lane:
    """Rows of one instrument on one connection. Methods take a decoded message and our receive time, and add its row.

    They raise InvalidValue for numbers that are none and for stamps too far ahead, and then have added nothing.
    """

    def __init__(self, instrument: Instrument, link: Link, clock: ClockOffset, path: MarketPath) -> None:
        self.instrument, self.link, self.clock = instrument, link, clock
        self.symbol = instrument.venue_symbol
        self.scale = scale_of(instrument)
        self.writer = path.writer(instrument.venue, instrument.name, link.name, self.scale)

    @property
    def events(self) -> int:
        """Messages of the market that gave rows, since the start."""
        return self.writer.events

    def take_scale(self, scale: Scale) -> None:
        """From now on rows of the market are at this scale, where they fit it."""
        self.scale = self.writer.usual = scale

    def finish(self) -> None:
        """Close the batch, if there is anything in it."""
        if self.writer.rows:
            self.link.finish(self.writer, self.instrument.base, self.scale)

    def room(self, scale: Scale) -> Writer:
        """Return the writer for a row of this scale; what does not fit goes to a batch of its own."""
        writer = self.writer
        if writer.scale is not scale and not writer.fits(scale):
            self.link.finish(writer, self.instrument.base, scale)
        return writer

    def stamp(self, stamp_ms: int, receive_ns: int) -> int:
        """Return a stamp of the venue in ns. Raises InvalidValue where it is further ahead of when it came than its clock may be."""
        stamp_ns = stamp_ms * MILLISECOND
        if self.clock.is_ahead(stamp_ns, receive_ns):
            most_ms = (receive_ns + self.clock.lead_ns) // MILLISECOND
            raise InvalidValue("stamp", str(stamp_ms), f"at most {most_ms}")
        return stamp_ns

    def came(self, writer: Writer, receive_ns: int, exchange_ns: int) -> None:
        """Note where the row just added came from; without a venue time the event time is ours plus the clock's offset."""
        clock = self.clock
        if exchange_ns:
            delta, event_ns = exchange_ns - receive_ns, exchange_ns
            if receive_ns >= clock.until_ns or not clock.low_ns <= delta <= clock.high_ns:
                clock.saw(exchange_ns, receive_ns)
        else:
            event_ns = receive_ns + clock.offset_ns
        writer.came(self.link.frames - 1, receive_ns, event_ns)
        if writer.is_full:
            self.finish()

    def trade(self, message: Trade, receive_ns: int) -> None:
        if message.X == _MARKET_FILL:
            self._fill(message, message.t, receive_ns)

    def aggregate(self, message: AggregateTrade, receive_ns: int) -> None:
        self._fill(message, message.a, receive_ns)

    def _fill(self, message: Trade | AggregateTrade, trade_id: int, receive_ns: int) -> None:
        exchange_ns, trade_ns = self.stamp(message.E, receive_ns), self.stamp(message.T, receive_ns)
        scale = self.scale
        try:
            price, quantity = scale.price[message.p], scale.quantity[message.q]
        except DoesNotFit:
            scale = scale.fitting((message.p,), (message.q,))
            price, quantity = scale.price[message.p], scale.quantity[message.q]
        if not price or not quantity:
            raise InvalidValue("trade", f"{message.q} at {message.p}", "price and quantity above zero")
        writer = self.room(scale)
        side = SELL if message.m else BUY
        writer.trade(trade_ns, receive_ns, price, quantity, side, trade_id)
        self.came(writer, receive_ns, exchange_ns)

    def quote(self, message: Quote | FuturesQuote, receive_ns: int) -> None:
        exchange_ns = self.stamp(message.E, receive_ns)
        scale = self.scale
        price, quantity = scale.price, scale.quantity
        try:
            row = (price[message.b], quantity[message.B], price[message.a], quantity[message.A])
        except DoesNotFit:
            scale = scale.fitting((message.b, message.a), (message.B, message.A))
            price, quantity = scale.price, scale.quantity
            row = (price[message.b], quantity[message.B], price[message.a], quantity[message.A])
        writer = self.room(scale)
        writer.quote(exchange_ns, receive_ns, *row, message.u)
        self.came(writer, receive_ns, exchange_ns)

    def kline(self, message: Kline, receive_ns: int) -> None:
        bar = message.k
        exchange_ns, _ = self.stamp(message.E, receive_ns), self.stamp(bar.t, receive_ns)
        self.candle(bar.t, bar.i, (bar.o, bar.h, bar.l, bar.c), bar.v, is_closed=bar.x)
        self.came(self.writer, receive_ns, exchange_ns)

    def candle(
        self, open_ms: int, interval: str, texts: tuple[str, str, str, str], volume: str, *, is_closed: bool
    ) -> int:
        """Add a candle and return the time of its end; the caller says where it came from."""
        length = interval_ns(interval)
        scale = self.scale
        try:
            rows = [scale.price[text] for text in texts]
            amount = scale.quantity[volume]
        except DoesNotFit:
            scale = scale.fitting(texts, (volume,))
            rows = [scale.price[text] for text in texts]
            amount = scale.quantity[volume]
        writer = self.room(scale)
        open_ns = open_ms * MILLISECOND
        writer.candle(open_ns, length, (rows[0], rows[1], rows[2], rows[3]), amount, is_closed=is_closed)
        return open_ns + length

    def mark(self, message: Mark, receive_ns: int) -> None:
        exchange_ns = self.stamp(message.E, receive_ns)
        said = (
            (events_pb2.VALUE_KIND_MARK_PRICE, message.p),
            (events_pb2.VALUE_KIND_INDEX_PRICE, message.i),
            (events_pb2.VALUE_KIND_FUNDING_RATE, message.r),
        )
        rows = [(int(kind), text) for kind, text in said if text]
        scale = self.scale
        try:
            numbers = [scale.value[text] for _, text in rows]
        except DoesNotFit:
            scale = scale.fitting(values=[text for _, text in rows])
            numbers = [scale.value[text] for _, text in rows]
        writer = self.room(scale)
        for (kind, _), number in zip(rows, numbers, strict=True):
            writer.value(exchange_ns, receive_ns, kind, number)
        self.came(writer, receive_ns, exchange_ns)

    def liquidation(self, message: Liquidation, receive_ns: int) -> None:
        """The filled part at its average price; the order's own where nothing is filled yet."""
        order = message.o
        exchange_ns, order_ns = self.stamp(message.E, receive_ns), self.stamp(order.T, receive_ns)
        is_filled = self.scale.fitting(quantities=(order.z,)).quantity[order.z] > 0
        price, quantity = (order.ap, order.z) if is_filled else (order.p, order.q)
        scale = self.scale
        try:
            row = (scale.price[price], scale.quantity[quantity])
        except DoesNotFit:
            scale = scale.fitting((price,), (quantity,))
            row = (scale.price[price], scale.quantity[quantity])
        writer = self.room(scale)
        side = SELL if order.S == "SELL" else BUY
        writer.liquidation(order_ns, receive_ns, *row, side)
        self.came(writer, receive_ns, exchange_ns)
