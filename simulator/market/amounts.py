"""The only crossing from model numbers (float) to amounts that an exchange accepts: whole ticks and whole lots."""

import math
from decimal import Decimal

from simulator.exchange.interface import Market


class Amounts:
    """Rounding of one market's prices and quantities."""

    def __init__(self, market: Market) -> None:
        self._tick, self._lot = market.tick, market.lot
        self.tick = float(market.tick)
        self._lot_float = float(market.lot)
        # A margin above the least notional, because the price may fall between sizing and matching.
        self._least_notional = 1.2 * float(market.min_notional)

    def ticks_below(self, price: float) -> int:
        # A price that is a whole number of ticks must stay itself in spite of binary fractions.
        return math.floor(price / self.tick + 1e-6)

    def ticks_above(self, price: float) -> int:
        return math.ceil(price / self.tick - 1e-6)

    def price(self, ticks: int) -> Decimal:
        return self._tick * ticks

    def lots(self, notional: float, price: float) -> int:
        """Return how many lots come to `notional` quote units, never less than the market's least notional."""
        wanted = max(notional, self._least_notional)
        return max(1, math.ceil(wanted / (price * self._lot_float)))

    def quantity(self, lots: int) -> Decimal:
        return self._lot * lots
