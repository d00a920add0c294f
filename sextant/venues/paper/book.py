"""The order book of one instrument as its columnar batches tell it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from sextant.contracts.columns import column, row_count
from sextant.core.decimals import ZERO
from sextant.core.instruments import Side

_LIVE: Final = 1
_DISCONNECTED: Final = 3
_SIDES: Final = {1: Side.BUY, 2: Side.SELL}


class PaperBook:
    """Levels by side. Where no depth was heard yet, the best quotes stand for it.

    What paper orders took from a level stays taken until the market says something new of that level.
    """

    def __init__(self) -> None:
        self.time_ns = 0
        self._levels: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}
        self._quotes: dict[Side, tuple[Decimal, Decimal] | None] = {Side.BUY: None, Side.SELL: None}
        self._taken: dict[tuple[Side, Decimal], Decimal] = {}
        self._is_depth_whole = False
        self._is_connected = True

    def apply(self, batch: Any) -> None:
        """Take what a batch (the mirror's EventBatch) says of quotes, depth and the stream."""
        self.time_ns = max(self.time_ns, batch.event_time_ns)
        if row_count(batch.quotes):
            self._apply_quotes(batch.quotes)
        if row_count(batch.depth):
            self._apply_depth(batch.depth)
        if row_count(batch.statuses):
            status = int(column(batch.statuses.status)[-1])
            self._is_connected = status != _DISCONNECTED
            self._is_depth_whole = self._is_depth_whole and status == _LIVE

    @property
    def is_whole(self) -> bool:
        """Whether orders may match: the stream is up and depth or quotes are there."""
        return self._is_connected and (self._is_depth_whole or any(self._quotes.values()))

    def levels(self, side: Side) -> Iterator[tuple[Decimal, Decimal]]:
        """Yield (price, quantity that is left) of the side, best first."""
        if not self.is_whole:
            return
        if self._is_depth_whole:
            prices = sorted(self._levels[side], reverse=side is Side.BUY)
            rows = [(price, self._levels[side][price]) for price in prices]
        else:
            quote = self._quotes[side]
            rows = [quote] if quote is not None else []
        for price, quantity in rows:
            left = quantity - self._taken.get((side, price), ZERO)
            if left > 0:
                yield price, left

    def take(self, side: Side, price: Decimal, quantity: Decimal) -> None:
        """Remember that a paper order took from a level."""
        self._taken[(side, price)] = self._taken.get((side, price), ZERO) + quantity

    def _apply_quotes(self, quotes: Any) -> None:
        price_unit, quantity_unit = _unit(quotes.price_exponent), _unit(quotes.quantity_exponent)
        for side, price_name, quantity_name in (
            (Side.BUY, "bid_price", "bid_quantity"),
            (Side.SELL, "ask_price", "ask_quantity"),
        ):
            price = int(column(getattr(quotes, price_name))[-1]) * price_unit
            quantity = int(column(getattr(quotes, quantity_name))[-1]) * quantity_unit
            quote = (price, quantity) if quantity else None
            if quote != self._quotes[side]:
                self._quotes[side] = quote
                if not self._is_depth_whole:
                    self._taken.pop((side, price), None)

    def _apply_depth(self, depth: Any) -> None:
        price_unit, quantity_unit = _unit(depth.price_exponent), _unit(depth.quantity_exponent)
        sides, prices = column(depth.level_side).tolist(), column(depth.level_price).tolist()
        quantities, counts = column(depth.level_quantity).tolist(), column(depth.level_count).tolist()
        snapshots = column(depth.is_snapshot).tolist() or [0] * len(counts)
        at = 0
        for count, is_snapshot in zip(counts, snapshots, strict=True):
            if is_snapshot:
                self._clear()
            for number in range(at, at + count):
                side = _SIDES[sides[number]]
                self._set(side, prices[number] * price_unit, quantities[number] * quantity_unit)
            at += count
        bid, ask = column(depth.best_bid_price), column(depth.best_ask_price)
        self._is_depth_whole = bool(len(bid) and len(ask) and bid[-1] and ask[-1])

    def _set(self, side: Side, price: Decimal, quantity: Decimal) -> None:
        if quantity:
            self._levels[side][price] = quantity
        else:
            self._levels[side].pop(price, None)
        if self._taken:
            self._taken.pop((side, price), None)

    def _clear(self) -> None:
        for levels in self._levels.values():
            levels.clear()
        self._taken.clear()


def _unit(exponent: int) -> Decimal:
    return Decimal(1).scaleb(exponent)
