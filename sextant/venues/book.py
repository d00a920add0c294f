"""An order book of scaled integers: absolute quantities by price, best prices at hand."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence


class BookSide:
    """One side. `sign` is 1 for bids and -1 for asks: prices are ordered by `sign * price`, so that the best is last.

    Most changes happen near the best price, where an insertion into the ordered list moves little memory.
    """

    __slots__ = ("_order", "_sign", "quantities")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self.quantities: dict[int, int] = {}
        self._order: list[int] = []

    def replace(self, prices: Sequence[int], quantities: Sequence[int]) -> None:
        """Hold exactly these levels; a quantity of 0 is no level."""
        self.quantities = {p: q for p, q in zip(prices, quantities, strict=True) if q}
        self._order = sorted(self._sign * price for price in self.quantities)

    def apply(self, prices: Sequence[int], quantities: Sequence[int]) -> None:
        """Set absolute quantities; 0 removes, and removing an unknown level is normal."""
        held, order, sign = self.quantities, self._order, self._sign
        for price, quantity in zip(prices, quantities, strict=True):
            if quantity:
                if price not in held:
                    insort(order, sign * price)
                held[price] = quantity
            elif held.pop(price, 0):
                del order[bisect_left(order, sign * price)]

    def best(self) -> tuple[int, int]:
        """Return (price, quantity) of the best level; zeros when the side is empty."""
        if not self._order:
            return 0, 0
        price = self._sign * self._order[-1]
        return price, self.quantities[price]

    def levels(self) -> tuple[list[int], list[int]]:
        """Return prices and quantities, best first."""
        prices = [self._sign * key for key in reversed(self._order)]
        return prices, [self.quantities[price] for price in prices]


class Book:
    """Bids and asks of one instrument, and where in the venue's changes they stand.

    `last_id` is the id of the newest change in it; `is_whole` says that none is missing since the snapshot, `is_bridged` that one
    came after it. `sextant_native.Book` has the same methods.
    """

    __slots__ = ("asks", "bids", "is_bridged", "is_whole", "last_id")

    def __init__(self) -> None:
        self.last_id = 0
        self.clear()

    def clear(self) -> None:
        """Forget all levels; the id stays."""
        self.bids, self.asks = BookSide(1), BookSide(-1)
        self.is_whole = self.is_bridged = False

    @property
    def is_crossed(self) -> bool:
        """Whether the best bid is at or above the best ask: such a book cannot be right."""
        bid, bid_quantity = self.bids.best()
        ask, ask_quantity = self.asks.best()
        return bool(bid_quantity and ask_quantity and bid >= ask)
