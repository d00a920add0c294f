"""Matching on paper, synchronous: books in, orders in, reports out. The fused topology and backtests use it directly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from sextant.core.decimals import ZERO
from sextant.core.instruments import Instrument, InstrumentKind, Side
from sextant.venues.paper.book import PaperBook
from sextant.venues.paper.holdings import Bound, Holdings, bound, received
from sextant.venues.paper.rules import PaperRefusal, check_terms
from sextant.venues.port import Balance, OrderReport, TimeInForce, VenueFill, VenueOrder, VenueStatus

_CLOSED_KEPT: Final = 10_000
_CENT: Final = Decimal("0.00000001")
_BASIS_POINT: Final = Decimal("0.0001")


@dataclass(slots=True)
class _Working:
    order: VenueOrder
    filled: Decimal = ZERO
    status: VenueStatus = VenueStatus.OPEN
    reason: str = ""
    time_ns: int = 0
    fills: list[VenueFill] = field(default_factory=list)

    @property
    def left(self) -> Decimal:
        return self.order.quantity - self.filled

    def take(self, fill: VenueFill) -> None:
        self.fills.append(fill)
        self.filled += fill.quantity
        self.time_ns = max(self.time_ns, fill.exchange_time_ns)
        self.status = VenueStatus.PARTIALLY_FILLED if self.left else VenueStatus.FILLED


class PaperExchange:
    """One account. Takers get each level's own price; resting orders fill at their price once the market crosses it."""

    def __init__(
        self, opening: Mapping[str, Decimal], *, taker_fee_bp: Decimal, maker_fee_bp: Decimal
    ) -> None:
        self._opening, self._holdings = dict(opening), Holdings(opening)
        self._unsettled: list[VenueFill] = []
        self._fees = {False: taker_fee_bp * _BASIS_POINT, True: maker_fee_bp * _BASIS_POINT}
        self._instruments: dict[str, Instrument] = {}
        self._books: dict[str, PaperBook] = {}
        self._orders: dict[str, _Working] = {}
        self._open: dict[str, dict[str, _Working]] = {}

    @property
    def time_ns(self) -> int:
        """The newest event time that the market told, ns; 0 before the first."""
        return max((book.time_ns for book in self._books.values()), default=0)

    def set_instrument(self, instrument: Instrument) -> None:
        """State the rules of an instrument (anew)."""
        self._instruments[instrument.venue_symbol] = instrument
        waiting, self._unsettled = self._unsettled, []
        for fill in waiting:
            self._settle(fill)

    def symbol_of(self, instrument: str) -> str | None:
        """Return the venue symbol of an instrument; None while its rules are not known."""
        for symbol, known in self._instruments.items():
            if known.name == instrument:
                return symbol
        return None

    def apply(self, batch: Any) -> list[OrderReport]:
        """Take a batch (the mirror's EventBatch) of an instrument's market and return what it did to resting orders."""
        book = self._books.setdefault(batch.instrument, PaperBook())
        book.apply(batch)
        reports = []
        symbol = self.symbol_of(batch.instrument) if self._open else None
        for working in list(self._open.get(symbol, {}).values()) if symbol else ():
            fills = self._match(working, book, is_maker=True)
            if fills:
                reports.append(self._report(working, fills))
        return reports

    def place(self, order: VenueOrder) -> OrderReport:
        """Take an order and return what became of it at once. Raises PaperRefusal."""
        instrument, book = self._check(order)
        working = _Working(order, time_ns=book.time_ns)
        crossing = sum((quantity for _, quantity in self._crossing(order, book)), start=ZERO)
        if order.time_in_force is TimeInForce.POST_ONLY and crossing:
            raise PaperRefusal("POST_ONLY", "the order would take")
        self._check_balance(order, instrument, book)
        self._remember(working)
        is_killed = order.time_in_force is TimeInForce.FOK and crossing < order.quantity
        fills = () if is_killed else self._match(working, book, is_maker=False)
        rests = order.limit_price is not None and order.time_in_force in (
            TimeInForce.GTC,
            TimeInForce.POST_ONLY,
        )
        if working.status is not VenueStatus.FILLED:
            if rests:
                self._open.setdefault(order.symbol, {})[order.client_order_id] = working
            else:
                working.status, working.reason = (
                    VenueStatus.CANCELLED,
                    "expired: no more liquidity at the limit",
                )
        return self._report(working, fills)

    def cancel(self, client_order_id: str) -> OrderReport | None:
        """Cancel an open order; None when it is not open here."""
        working = self._orders.get(client_order_id)
        if working is None or self._open.get(working.order.symbol, {}).pop(client_order_id, None) is None:
            return None
        working.status, working.reason = VenueStatus.CANCELLED, "cancelled"
        working.time_ns = self.time_ns
        return self._report(working, ())

    def query(self, client_order_id: str) -> OrderReport | None:
        """Return an order with all its fills; None when it is not known."""
        working = self._orders.get(client_order_id)
        return None if working is None else self._report(working, working.fills)

    def open_orders(self) -> list[OrderReport]:
        """Return every open order."""
        return [
            self._report(working, working.fills)
            for orders in self._open.values()
            for working in orders.values()
        ]

    def fills(self, symbol: str, since_ns: int) -> list[VenueFill]:
        """Return fills of a symbol from a time on, oldest first."""
        found = [
            fill
            for working in self._orders.values()
            if working.order.symbol == symbol
            for fill in working.fills
        ]
        return sorted((f for f in found if f.exchange_time_ns >= since_ns), key=lambda f: f.exchange_time_ns)

    def balances(self) -> dict[str, Balance]:
        """Return what the account holds; locked is what open orders bind."""
        return self._holdings.balances(self._bound())

    def restore(self, fills: Iterable[VenueFill], resting: Iterable[VenueOrder]) -> None:
        """Become the account that made these fills since its opening, oldest first, and has these orders open; forget all else."""
        self._holdings = Holdings(self._opening)
        self._unsettled.clear()
        self._open.clear()
        self._orders = {order.client_order_id: _Working(order) for order in resting}
        for fill in fills:
            working = self._orders.get(fill.client_order_id)
            if working is not None:
                working.take(fill)
            self._settle(fill)
        for name, working in self._orders.items():
            if working.left:
                self._open.setdefault(working.order.symbol, {})[name] = working

    def _check(self, order: VenueOrder) -> tuple[Instrument, PaperBook]:
        instrument = self._instruments.get(order.symbol)
        if instrument is None or not instrument.is_trading:
            raise PaperRefusal("INSTRUMENT", f"{order.symbol} is not known or not trading")
        book = self._books.get(instrument.name)
        if book is None or not book.is_whole:
            raise PaperRefusal("MARKET", f"the market of {order.symbol} is not whole")
        if order.client_order_id in self._orders:
            raise PaperRefusal("DUPLICATE", f"{order.client_order_id} was placed before")
        check_terms(order, instrument)
        return instrument, book

    def _check_balance(self, order: VenueOrder, instrument: Instrument, book: PaperBook) -> None:
        if instrument.kind is not InstrumentKind.SPOT:
            return  # margin is risk's business; on paper there is no liquidation
        best = next((price for price, _ in book.levels(Side.SELL)), ZERO)
        asset, needed = bound(order, instrument, order.quantity, order.limit_price or best)
        free = self._holdings.free(asset, self._bound())
        if needed > free:
            raise PaperRefusal("BALANCE", f"needs {needed} {asset}, {free} is free")

    def _bound(self) -> Iterator[Bound]:
        for symbol, orders in self._open.items():
            instrument = self._instruments.get(symbol)
            if instrument is not None:
                yield from ((working.order, instrument, working.left) for working in orders.values())

    def _crossing(self, order: VenueOrder, book: PaperBook) -> Iterable[tuple[Decimal, Decimal]]:
        limit = order.limit_price
        for price, quantity in book.levels(order.side.opposite):
            if limit is not None and (price - limit) * order.side.sign > 0:
                return
            yield price, quantity

    def _match(self, working: _Working, book: PaperBook, *, is_maker: bool) -> tuple[VenueFill, ...]:
        order, fills = working.order, []
        for level, available in list(self._crossing(order, book)):
            if not working.left:
                break
            quantity = min(available, working.left)
            book.take(order.side.opposite, level, quantity)
            price = order.limit_price if is_maker and order.limit_price is not None else level
            fills.append(self._fill(working, quantity, price, book.time_ns, is_maker))
        if not working.left:
            self._open.get(order.symbol, {}).pop(order.client_order_id, None)
        return tuple(fills)

    def _fill(
        self, working: _Working, quantity: Decimal, price: Decimal, time_ns: int, is_maker: bool
    ) -> VenueFill:
        order, instrument = working.order, self._instruments[working.order.symbol]
        asset, amount = received(instrument, order.side, quantity, price)
        fill = VenueFill(
            symbol=order.symbol,
            trade_id=f"{order.client_order_id}-{len(working.fills) + 1}",  # never repeats, not even after a restart
            venue_order_id=_venue_id(order.client_order_id),
            client_order_id=order.client_order_id,
            side=order.side,
            quantity=quantity,
            price=price,
            commission=(amount * self._fees[is_maker]).quantize(_CENT, rounding=ROUND_HALF_EVEN),
            commission_asset=asset,
            is_maker=is_maker,
            exchange_time_ns=time_ns,
        )
        working.take(fill)
        self._settle(fill)
        return fill

    def _settle(self, fill: VenueFill) -> None:
        instrument = self._instruments.get(fill.symbol)
        if instrument is None:
            self._unsettled.append(fill)  # of an earlier process: its rules have not come yet
        else:
            self._holdings.settle(instrument, fill)

    def _remember(self, working: _Working) -> None:
        self._orders[working.order.client_order_id] = working
        while len(self._orders) > _CLOSED_KEPT:
            oldest = next(iter(self._orders))
            if oldest in self._open.get(self._orders[oldest].order.symbol, {}):
                return
            del self._orders[oldest]

    def _report(self, working: _Working, fills: Iterable[VenueFill]) -> OrderReport:
        order = working.order
        return OrderReport(
            client_order_id=order.client_order_id,
            venue_order_id=_venue_id(order.client_order_id),
            symbol=order.symbol,
            status=working.status,
            filled_quantity=working.filled,
            exchange_time_ns=working.time_ns,
            reason=working.reason,
            fills=tuple(fills),
        )


def _venue_id(client_order_id: str) -> str:
    return f"paper-{client_order_id}"
