"""What a portfolio would hold and need in the worst case, with everything on the way filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from services.risk.domain.money import ONE, Rates, divide_up, statistic
from services.risk.domain.reservations import Reservation, Reservations
from services.risk.domain.values import Account, Portfolio
from sextant.core.decimals import ZERO
from sextant.core.instruments import Instrument, InstrumentKind, Side, split_instrument


class Unvalued(Exception):
    """Something that counts has no price, no rules or no rate: the question cannot be answered, so risk refuses."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """A portfolio's positions with the orders on the way. Methods raise Unvalued when something has no value."""

    portfolio: Portfolio
    reservations: Reservations
    instruments: Mapping[str, Instrument]
    rates: Rates

    def on_side(self, instrument: str, side: Side) -> Decimal:
        """Return the signed reach to one side: the position in its direction with every pending order of the side filled."""
        return side.sign * self.portfolio.position(instrument) + self.reservations.pending(instrument, side)

    def reducible(self, instrument: str, side: Side) -> Decimal:
        """Return how much an order of `side` may reduce: |position| less what already reduces it; at most zero is nothing."""
        return -self.on_side(instrument, side)

    def worst(self, instrument: str) -> Decimal:
        """Return the largest absolute position that the orders on the way can lead to."""
        return max(self.on_side(instrument, Side.BUY), self.on_side(instrument, Side.SELL), ZERO)

    def gross(self, besides: str) -> Decimal:
        """Return the worst value of all instruments but one in the fix's currency."""
        return sum((self._value(name) for name in self._names() if name != besides), ZERO)

    def committed(self, account: Account, venue: str, asset: str) -> Decimal:
        """Return how much of an asset at a venue account the orders on the way and derivatives' collateral need."""
        needed = ZERO
        for order in self.reservations.alive():
            if order.account == account.name:
                needed += self._order_needs(order, asset, account)
        for name in self._names():
            worst = self.worst(name)
            if worst > 0 and split_instrument(name)[0] == venue:
                needed += self._collateral(name, worst, asset)
        return needed

    def price(self, instrument: str) -> Decimal:
        """Return the price to value an instrument at: its mark or entry, or the highest limit on the way if that is higher."""
        held = self.portfolio.positions.get(instrument)
        limits = [each.price for each in self.reservations.alive() if each.instrument == instrument]
        price = max((ZERO if held is None else statistic(held.price), *limits))
        if price <= 0:
            raise Unvalued(f"a price of {instrument}")
        return price

    def rules(self, instrument: str) -> Instrument:
        """Return the trading rules of an instrument."""
        rules = self.instruments.get(instrument)
        if rules is None:
            raise Unvalued(f"the trading rules of {instrument}")
        return rules

    def rate(self, asset: str) -> Decimal:
        """Return the rate of an asset to the fix's currency."""
        rate = self.rates.of(asset)
        if rate is None:
            raise Unvalued(f"a rate of {asset} to {self.rates.currency}")
        return rate

    def _names(self) -> Iterator[str]:
        pending = (order.instrument for order in self.reservations.alive())
        return iter(dict.fromkeys((*self.portfolio.positions, *pending)))

    def _value(self, instrument: str) -> Decimal:
        worst = self.worst(instrument)
        if worst == 0:
            return ZERO
        rules = self.rules(instrument)
        return rules.notional(self.price(instrument), worst) * self.rate(rules.quote)

    def _collateral(self, instrument: str, quantity: Decimal, asset: str) -> Decimal:
        rules = self.rules(instrument)
        if rules.kind is InstrumentKind.SPOT or rules.settle != asset:
            return ZERO
        return collateral(rules, self.price(instrument), quantity)

    def _order_needs(self, order: Reservation, asset: str, account: Account) -> Decimal:
        rules = self.rules(order.instrument)
        price = order.price or self.price(order.instrument)
        return order_needs(rules, order.side, price, order.pending, account.taker_fee).get(asset, ZERO)


def order_needs(
    rules: Instrument, side: Side, price: Decimal, quantity: Decimal, fee: Decimal
) -> dict[str, Decimal]:
    """Return what an order itself takes from its venue account by asset: cash, goods and fees; collateral comes on top."""
    if rules.kind is InstrumentKind.SPOT:
        if side is Side.SELL:
            return {rules.base: quantity}
        return {rules.quote: rules.notional(price, quantity) * (ONE + fee)}
    return {rules.settle: collateral(rules, price, quantity) * fee}


def collateral(rules: Instrument, price: Decimal, quantity: Decimal) -> Decimal:
    """Return the settlement asset that covers a derivative position once, without leverage."""
    notional = rules.notional(price, quantity)
    return divide_up(notional, price) if rules.kind is InstrumentKind.INVERSE else notional
