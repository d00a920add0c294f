"""What a paper account holds: settled by its fills, bound by its open orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sextant.core.decimals import ZERO
from sextant.core.instruments import Instrument, InstrumentKind, Side
from sextant.venues.port import Balance, VenueFill, VenueOrder

#: An open order with its instrument and the quantity that is not filled.
Bound = tuple[VenueOrder, Instrument, Decimal]


class Holdings:
    """Amounts by asset; a position in a derivative under its venue symbol, signed."""

    def __init__(self, opening: Mapping[str, Decimal]) -> None:
        self._held: dict[str, Decimal] = dict(opening)

    def settle(self, instrument: Instrument, fill: VenueFill) -> None:
        """Take what a fill moved."""
        if instrument.kind is InstrumentKind.SPOT:
            self._add(instrument.base, fill.quantity * fill.side.sign)
            self._add(instrument.quote, -fill.quantity * fill.price * fill.side.sign)
        else:
            self._add(instrument.venue_symbol, fill.quantity * fill.side.sign)
        self._add(fill.commission_asset, -fill.commission)

    def free(self, asset: str, open_orders: Iterable[Bound]) -> Decimal:
        """Return what no open order binds."""
        return self._held.get(asset, ZERO) - _locked(open_orders).get(asset, ZERO)

    def balances(self, open_orders: Iterable[Bound]) -> dict[str, Balance]:
        """Return what is held; locked is what open orders bind."""
        locked = _locked(open_orders)
        return {
            asset: Balance(total - locked.get(asset, ZERO), locked.get(asset, ZERO))
            for asset, total in self._held.items()
            if total
        }

    def _add(self, asset: str, amount: Decimal) -> None:
        self._held[asset] = self._held.get(asset, ZERO) + amount


def bound(
    order: VenueOrder, instrument: Instrument, quantity: Decimal, price: Decimal
) -> tuple[str, Decimal]:
    """Return what an open spot order binds: (asset, amount)."""
    return (instrument.quote, quantity * price) if order.side is Side.BUY else (instrument.base, quantity)


def received(instrument: Instrument, side: Side, quantity: Decimal, price: Decimal) -> tuple[str, Decimal]:
    """Return what the commission is taken of: the received asset on spot, the settlement value on derivatives."""
    if instrument.kind is InstrumentKind.SPOT:
        return (instrument.base, quantity) if side is Side.BUY else (instrument.quote, quantity * price)
    if instrument.kind is InstrumentKind.INVERSE:
        return instrument.settle, quantity * instrument.contract_size / price
    return instrument.settle, quantity * instrument.contract_size * price


def _locked(open_orders: Iterable[Bound]) -> dict[str, Decimal]:
    locked: dict[str, Decimal] = {}
    for order, instrument, left in open_orders:
        if instrument.kind is InstrumentKind.SPOT:
            asset, amount = bound(order, instrument, left, order.limit_price or ZERO)
            locked[asset] = locked.get(asset, ZERO) + amount
    return locked
