"""One market's order book: price levels in ticks and lots, orders in time priority within a level."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from simulator.exchange.interface import Side
from simulator.exchange.orders import Order


class Level:
    """The orders at one price, oldest first, and their total."""

    __slots__ = ("lots", "orders")

    def __init__(self) -> None:
        self.lots = 0
        self.orders: dict[int, Order] = {}


class BookSide:
    """One side of a book. Keys are ticks for bids and negated ticks for asks, so that the best is always the last."""

    __slots__ = ("_keys", "_levels", "_sign")

    def __init__(self, side: Side) -> None:
        self._sign = 1 if side is Side.BUY else -1
        self._keys: list[int] = []
        self._levels: dict[int, Level] = {}

    def best_ticks(self) -> int | None:
        return self._keys[-1] * self._sign if self._keys else None

    def best_level(self) -> Level:
        return self._levels[self._keys[-1]]

    def add(self, order: Order) -> int:
        """Append the order at its price and return the level's new total."""
        key = order.ticks * self._sign
        level = self._levels.get(key)
        if level is None:
            level = self._levels[key] = Level()
            insort(self._keys, key)
        level.orders[order.order_id] = order
        level.lots += order.remaining_lots
        return level.lots

    def take(self, order: Order, lots: int) -> int:
        """Lower the order's level by lots that were filled or cancelled; drop what is empty; return the new total.

        Call it after `filled_lots` is raised for a fill, or with all remaining lots for a cancel.
        """
        key = order.ticks * self._sign
        level = self._levels[key]
        level.lots -= lots
        if order.remaining_lots == 0 or not order.status.is_open:
            del level.orders[order.order_id]
        if not level.orders:
            del self._levels[key]
            del self._keys[bisect_left(self._keys, key)]
        return level.lots

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield (ticks, lots), best first."""
        for key in reversed(self._keys):
            yield key * self._sign, self._levels[key].lots

    def orders(self) -> Iterator[Order]:
        """Yield every order in price-time priority."""
        for key in reversed(self._keys):
            yield from self._levels[key].orders.values()


class OrderBook:
    """Both sides and the id of the last change."""

    __slots__ = ("asks", "bids", "update_id")

    def __init__(self) -> None:
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)
        self.update_id = 0

    def side(self, side: Side) -> BookSide:
        return self.bids if side is Side.BUY else self.asks

    def crosses(self, side: Side, ticks: int) -> bool:
        """Tell whether an order of this side at this price would take."""
        best = self.side(side.opposite).best_ticks()
        if best is None:
            return False
        return best <= ticks if side is Side.BUY else best >= ticks

    def reachable(self, side: Side, ticks: int | None) -> Iterator[tuple[int, int]]:
        """Yield the opposite (ticks, lots) that an order may take, best first; any price when ticks is None."""
        for level_ticks, lots in self.side(side.opposite):
            if ticks is not None and (level_ticks > ticks if side is Side.BUY else level_ticks < ticks):
                return
            yield level_ticks, lots
