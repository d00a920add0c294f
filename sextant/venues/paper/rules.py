"""What a paper venue takes: orders that fit the instrument's rules, as a real venue's filters would have them."""

from __future__ import annotations

from sextant.core.decimals import is_multiple
from sextant.core.errors import Refused
from sextant.core.instruments import Instrument
from sextant.venues.port import VenueOrder


class PaperRefusal(Refused):
    """The paper venue did not take an order; nothing changed."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


def check_terms(order: VenueOrder, instrument: Instrument) -> None:
    """Raise PaperRefusal for a quantity off the lot, a price off the tick, or a value below the minimum."""
    if order.quantity <= 0 or not is_multiple(order.quantity, instrument.lot):
        raise PaperRefusal("LOT_SIZE", f"{order.quantity} is not a multiple of {instrument.lot} above zero")
    price = order.limit_price
    if price is not None and (price <= 0 or not is_multiple(price, instrument.tick)):
        raise PaperRefusal("PRICE_FILTER", f"{price} is not a multiple of {instrument.tick} above zero")
    if price is not None and instrument.notional(price, order.quantity) < instrument.minimum_notional:
        raise PaperRefusal("NOTIONAL", f"below {instrument.minimum_notional}")
