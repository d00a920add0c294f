"""The order book of one instrument as its columnar batches tell it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
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
        #: Integers in units of `_exponents` (price, quantity): a market that nobody trades on now costs little.
        self._levels: dict[Side, dict[int, int]] = {Side.BUY: {}, Side.SELL: {}}
        self._exponents: tuple[int, int] | None = None
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
        for price, quantity in self._depth(side) if self._is_depth_whole else self._best(side):
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
        """What a batch says last of a level counts, and nothing of what it says before its last snapshot."""
        price_factor, quantity_factor = self._factors(depth.price_exponent, depth.quantity_exponent)
        begin = _last_snapshot(depth)
        if begin is not None:
            self._clear()
        said = [
            column(each).tolist()[begin or 0 :]
            for each in (depth.level_side, depth.level_price, depth.level_quantity)
        ]
        for side, price, quantity in zip(*said, strict=True):
            self._set(_SIDES[side], price * price_factor, quantity * quantity_factor)
        bid, ask = column(depth.best_bid_price), column(depth.best_ask_price)
        self._is_depth_whole = bool(len(bid) and len(ask) and bid[-1] and ask[-1])

    def _set(self, side: Side, price: int, quantity: int) -> None:
        if quantity:
            self._levels[side][price] = quantity
        else:
            self._levels[side].pop(price, None)
        if self._taken:
            self._taken.pop((side, price * self._units()[0]), None)

    def _factors(self, price: int, quantity: int) -> tuple[int, int]:
        """Return what brings numbers with these exponents to the units of the levels: the finest that were heard."""
        kept = self._exponents or (price, quantity)
        finest = min(kept[0], price), min(kept[1], quantity)
        if finest != kept:
            by_price, by_quantity = 10 ** (kept[0] - finest[0]), 10 ** (kept[1] - finest[1])
            for side, levels in self._levels.items():
                self._levels[side] = {at * by_price: held * by_quantity for at, held in levels.items()}
        self._exponents = finest
        return 10 ** (price - finest[0]), 10 ** (quantity - finest[1])

    def _units(self) -> tuple[Decimal, Decimal]:
        price, quantity = self._exponents or (0, 0)
        return _unit(price), _unit(quantity)

    def _depth(self, side: Side) -> Iterator[tuple[Decimal, Decimal]]:
        (price_unit, quantity_unit), levels = self._units(), self._levels[side]
        for price in sorted(levels, reverse=side is Side.BUY):
            yield price * price_unit, levels[price] * quantity_unit

    def _best(self, side: Side) -> Iterator[tuple[Decimal, Decimal]]:
        quote = self._quotes[side]
        if quote is not None:
            yield quote

    def _clear(self) -> None:
        for levels in self._levels.values():
            levels.clear()
        self._taken.clear()


def _last_snapshot(depth: Any) -> int | None:
    """Return the level that the last snapshot of the batch begins with; None where there is none."""
    snapshots, counts = column(depth.is_snapshot).tolist(), column(depth.level_count).tolist()
    if not any(snapshots):
        return None
    row = max(number for number, is_snapshot in enumerate(snapshots) if is_snapshot)
    return int(sum(counts[:row]))


@lru_cache(maxsize=64)
def _unit(exponent: int) -> Decimal:
    return Decimal(1).scaleb(exponent)
