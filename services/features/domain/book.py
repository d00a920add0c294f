"""The newest best bid and ask of one instrument, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

from services.features.domain.catalogue import BOOK_IMBALANCE, SPREAD_BP


@dataclass(slots=True)
class Top:
    """Best bid and ask with their quantities; 0 where a side is empty. `update_id` 0 where the venue has none."""

    bid: float = 0.0
    bid_quantity: float = 0.0
    ask: float = 0.0
    ask_quantity: float = 0.0
    update_id: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether both sides are there and do not cross."""
        return 0.0 < self.bid < self.ask

    def values(self) -> dict[str, float]:
        """Return the features of the book; none from a book that is not sound."""
        if not self.is_sound:
            return {}
        values = {SPREAD_BP: (self.ask - self.bid) / (self.ask + self.bid) * 2e4}
        quantity = self.bid_quantity + self.ask_quantity
        if quantity > 0.0:
            values[BOOK_IMBALANCE] = (self.bid_quantity - self.ask_quantity) / quantity
        return values


def newer(held: Top, seen: Top) -> Top:
    """Return which of two counts: depth comes in slower steps than quotes, so a lower update id never replaces a higher one."""
    return held if 0 < seen.update_id < held.update_id else seen
