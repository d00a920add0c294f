"""Instruments and their trading rules."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from sextant.core.decimals import ceil_to, floor_to
from sextant.core.errors import InvalidValue


class InstrumentKind(Enum):
    """What an instrument is; values equal the wire's."""

    SPOT = 1
    LINEAR = 2
    INVERSE = 3


class Side(Enum):
    """Which way; values equal the wire's."""

    BUY = 1
    SELL = 2

    @property
    def sign(self) -> int:
        """+1 for buy, -1 for sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


@dataclass(frozen=True, slots=True)
class Instrument:
    """Trading rules of one instrument at one venue.

    `name` is "<venue>:<unified symbol>"; `contract_size` is base units (spot and linear) or quote units (inverse) a unit of quantity.
    """

    name: str
    venue: str
    operator: str
    venue_symbol: str
    base: str
    quote: str
    settle: str
    kind: InstrumentKind
    tick: Decimal
    lot: Decimal
    minimum_notional: Decimal
    contract_size: Decimal = Decimal(1)
    is_trading: bool = True
    version: int = 0

    def price_floor(self, price: Decimal) -> Decimal:
        return floor_to(price, self.tick)

    def price_ceil(self, price: Decimal) -> Decimal:
        return ceil_to(price, self.tick)

    def quantity_floor(self, quantity: Decimal) -> Decimal:
        return floor_to(quantity, self.lot)

    def notional(self, price: Decimal, quantity: Decimal) -> Decimal:
        """Return the value of `quantity` at `price` in quote units."""
        if self.kind is InstrumentKind.INVERSE:
            return quantity * self.contract_size
        return price * quantity * self.contract_size


def split_instrument(name: str) -> tuple[str, str]:
    """Return (venue, unified symbol) of "binance:BTC/USDT". Raises InvalidValue."""
    venue, separator, symbol = name.partition(":")
    base, slash, quote = symbol.partition("/")
    if not (separator and venue and base and slash and quote):
        raise InvalidValue("instrument", name, "<venue>:<base>/<quote>, such as binance:BTC/USDT")
    return venue, symbol


def base_asset(name: str) -> str:
    """Return the base asset of "binance:BTC/USDT:USDT"."""
    return split_instrument(name)[1].partition("/")[0]
