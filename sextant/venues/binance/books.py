"""Depth events and snapshots to rows, and the in-band status: the lane that carries an instrument's book."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from sextant.contracts.batches import NO_BEST, Best, Levels
from sextant.contracts.market.v1 import events_pb2
from sextant.contracts.scaled import LARGEST, DoesNotFit, Scale
from sextant.core.errors import InvalidValue, Refused
from sextant.core.instruments import Instrument
from sextant.venues.binance.book_sync import BookSync, Change, Outcome
from sextant.venues.binance.lanes import Lane
from sextant.venues.binance.links import Link
from sextant.venues.binance.messages import SNAPSHOT, FuturesDepth, SpotDepth
from sextant.venues.clock_offset import ClockOffset
from sextant.venues.native import MarketPath

_BID, _ASK = 1, 2
_LIVE: Final = int(events_pb2.STREAM_STATUS_LIVE)
_BOOK_INVALID: Final = int(events_pb2.STREAM_STATUS_BOOK_INVALID)
_DISCONNECTED: Final = int(events_pb2.STREAM_STATUS_DISCONNECTED)
_Texts = Sequence[tuple[str, str]]


class OutOfOrder(Refused):
    """A depth event that the book is already past: order on the stream cannot be trusted any more."""

    def __init__(self, *, instrument: str, last: int, held: int) -> None:
        super().__init__(f"{instrument}: depth event ends at {last}, the book is at {held}")
        self.instrument, self.last, self.held = instrument, last, held


class BookLane(Lane):
    """The primary lane of an instrument: also its book and its status.

    Where the book needs finer exponents than the instrument's steps, the lane's scale is the book's until the connection is cut.
    """

    def __init__(
        self, instrument: Instrument, link: Link, clock: ClockOffset, path: MarketPath, *, is_chained: bool
    ) -> None:
        super().__init__(instrument, link, clock, path)
        self.sync = BookSync(is_chained=is_chained, book=path.book())
        self._own_scale = self.scale
        self.gaps = 0

    @property
    def wants_snapshot(self) -> bool:
        return self.link.is_open and not self.sync.is_whole and self.sync.has_changes

    @property
    def best(self) -> Best:
        """Best prices of the book as the rows say them; nothing while it is not whole."""
        if not self.sync.is_whole:
            return NO_BEST
        return Best(*self.sync.book.bids.best(), *self.sync.book.asks.best())

    def cut(self, receive_ns: int) -> None:
        """The connection was lost or begins anew: the book is void."""
        self.sync.invalidate()
        self.take_scale(self._own_scale)
        self.status(receive_ns)

    def spot_depth(self, message: SpotDepth, receive_ns: int) -> None:
        self._depth(message, message.U - 1, receive_ns)

    def futures_depth(self, message: FuturesDepth, receive_ns: int) -> None:
        self._depth(message, message.pu, receive_ns)

    def _depth(self, message: SpotDepth | FuturesDepth, previous: int, receive_ns: int) -> None:
        if message.u < message.U:
            raise InvalidValue(
                "depth event", f"{message.U} to {message.u}", "first update id at most the last"
            )
        exchange_ns = self.stamp(message.E, receive_ns)
        try:
            change = _change(message, previous, self.scale)
        except DoesNotFit:
            self._refine(message.b, message.a)
            change = _change(message, previous, self.scale)
        held = self.sync.last_id
        outcome = self.sync.apply(change)
        if outcome is Outcome.COVERED:
            # The snapshot row holds it already; a row here would take readers back.
            self.writer.heard_ns = receive_ns
            return
        if outcome in (Outcome.GAP, Outcome.OUT_OF_ORDER, Outcome.CROSSED):
            self._broken(receive_ns)
        if outcome is Outcome.OUT_OF_ORDER:
            raise OutOfOrder(instrument=self.instrument.name, last=change.last, held=held)
        self._row(change, exchange_ns, receive_ns)

    def _row(self, change: Change, exchange_ns: int, receive_ns: int) -> None:
        levels = Levels(
            [_BID] * len(change.bid_prices) + [_ASK] * len(change.ask_prices),
            change.bid_prices + change.ask_prices,
            change.bid_quantities + change.ask_quantities,
        )
        writer = self.room(self.scale)
        writer.depth(exchange_ns, receive_ns, change.first, change.last, levels, self.best)
        self.came(writer, receive_ns, exchange_ns)

    def snapshot(self, raw: bytes, receive_ns: int) -> bool:
        """Bridge a REST snapshot to the changes that came; False when it is too old and another must be asked for.

        Adds a snapshot row of the whole bridged book, and a status. Raises InvalidValue when it cannot be read.
        """
        try:
            answer = SNAPSHOT.decode(raw)
        except msgspec.DecodeError as error:
            raise InvalidValue(
                "depth snapshot", raw[:80].decode(errors="replace"), f"levels ({error})"
            ) from error
        if self.sync.is_whole:
            return True
        try:
            bids, asks = _parse(answer.bids, self.scale), _parse(answer.asks, self.scale)
        except DoesNotFit:
            self._refine(answer.bids, answer.asks)
            bids, asks = _parse(answer.bids, self.scale), _parse(answer.asks, self.scale)
        if not self.sync.bridge(answer.lastUpdateId, bids, asks):
            return False
        self._whole(receive_ns)
        return True

    def _whole(self, receive_ns: int) -> None:
        bid_prices, bid_quantities = self.sync.book.bids.levels()
        ask_prices, ask_quantities = self.sync.book.asks.levels()
        sides = [_BID] * len(bid_prices) + [_ASK] * len(ask_prices)
        levels = Levels(sides, bid_prices + ask_prices, bid_quantities + ask_quantities)
        identifier = self.sync.last_id
        writer = self.room(self.scale)
        writer.depth(0, receive_ns, identifier, identifier, levels, self.best, is_snapshot=True)
        self.came(writer, receive_ns, 0)
        self.status(receive_ns)

    def _broken(self, receive_ns: int) -> None:
        self.gaps += 1
        self.link.gaps += 1
        self.status(receive_ns)

    def status(self, receive_ns: int) -> None:
        """Add the status of this moment; before a replay has begun there is none (receive time 0)."""
        if not receive_ns:
            return
        link = self.link
        status = _DISCONNECTED if not link.is_open else _LIVE if self.sync.is_whole else _BOOK_INVALID
        offset = self.clock.offset_ns
        writer = self.writer
        writer.status(receive_ns, status, link.frames, link.gaps, link.refused, writer.heard_ns, offset)
        writer.came_from(max(link.frames - 1, 0), receive_ns, receive_ns + offset)
        if writer.is_full:
            self.finish()

    def _refine(self, bids: _Texts, asks: _Texts) -> None:
        """Take on finer exponents, in the book as well. Raises InvalidValue where the book could not be said at them."""
        levels = (*bids, *asks)
        finer = self.scale.fitting([price for price, _ in levels], [size for _, size in levels])
        price_factor = _factor(self.scale.price.exponent, finer.price.exponent)
        quantity_factor = _factor(self.scale.quantity.exponent, finer.quantity.exponent)
        for side in (self.sync.book.bids, self.sync.book.asks):
            prices, quantities = side.levels()
            if (
                max(prices, default=0) * price_factor > LARGEST
                or max(quantities, default=0) * quantity_factor > LARGEST
            ):
                raise InvalidValue(
                    "depth event", f"exponents {finer.exponents}", "numbers that fit the book's own"
                )
        self.sync.rescale(price_factor, quantity_factor)
        self.take_scale(finer)


def _factor(old: int, new: int) -> int:
    if new > old:
        raise InvalidValue("depth event", f"exponent {new}", f"numbers that 63 bits hold at exponent {old}")
    return int(10 ** (old - new))


def _change(message: SpotDepth | FuturesDepth, previous: int, scale: Scale) -> Change:
    price, quantity = scale.price, scale.quantity
    return Change(
        *(message.U, message.u, previous),
        [price[text] for text, _ in message.b],
        [quantity[text] for _, text in message.b],
        [price[text] for text, _ in message.a],
        [quantity[text] for _, text in message.a],
    )


def _parse(levels: _Texts, scale: Scale) -> tuple[list[int], list[int]]:
    price, quantity = scale.price, scale.quantity
    return [price[text] for text, _ in levels], [quantity[text] for _, text in levels]
