"""Which orders close what an account holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sextant.core.decimals import ZERO
from sextant.core.instruments import Instrument, InstrumentKind, Side


@dataclass(frozen=True, slots=True)
class Closing:
    """A market order that closes a position."""

    instrument: Instrument
    side: Side
    quantity: Decimal


def closings(
    held: Mapping[str, Decimal],
    free: Mapping[str, Decimal],
    opening: Mapping[str, Decimal],
    instruments: Iterable[Instrument],
    quote: str,
) -> tuple[list[Closing], list[str]]:
    """Return closing orders and what cannot be closed, in words.

    Of a spot asset the position is what is held above the account's opening; a derivative's position is listed under its
    venue symbol. What is smaller than a lot stays.
    """
    known = {instrument.venue_symbol: instrument for instrument in instruments if instrument.is_trading}
    spot = {
        each.base: each for each in known.values() if each.kind is InstrumentKind.SPOT and each.quote == quote
    }
    found: list[Closing] = []
    problems: list[str] = []
    for asset in sorted(held):
        position = held[asset] - opening.get(asset, ZERO)
        if asset in known and known[asset].kind is not InstrumentKind.SPOT:
            _add(found, known[asset], held[asset])
        elif asset in spot and position > 0:
            _add(found, spot[asset], min(position, free.get(asset, ZERO)))
        elif position > 0 and asset != quote:
            problems.append(f"{asset}: holds {position}, no instrument against {quote} is known")
    return found, problems


def _add(found: list[Closing], instrument: Instrument, position: Decimal) -> None:
    quantity = instrument.quantity_floor(abs(position))
    if quantity:
        found.append(Closing(instrument, Side.SELL if position > 0 else Side.BUY, quantity))
