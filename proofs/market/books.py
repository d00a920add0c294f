"""Books against best quotes: wherever both carry one update id, they must say the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from sextant.contracts.columns import column
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror


class Best(NamedTuple):
    """Best prices and quantities as scaled integers, each `integer * 10^exponent`."""

    bid: int
    bid_quantity: int
    ask: int
    ask_quantity: int
    price_exponent: int
    quantity_exponent: int

    def says(self, other: Best) -> bool:
        """Return whether both are the same numbers, exactly, whatever their exponents."""
        return all(
            _is_equal(own, self.price_exponent, its, other.price_exponent)
            for own, its in ((self.bid, other.bid), (self.ask, other.ask))
        ) and all(
            _is_equal(own, self.quantity_exponent, its, other.quantity_exponent)
            for own, its in ((self.bid_quantity, other.bid_quantity), (self.ask_quantity, other.ask_quantity))
        )


def _is_equal(one: int, exponent: int, other: int, other_exponent: int) -> bool:
    least = min(exponent, other_exponent)
    scaled: bool = one * 10 ** (exponent - least) == other * 10 ** (other_exponent - least)
    return scaled


@dataclass(slots=True)
class BookAgainstQuotes:
    """Collects what one instrument said."""

    books: dict[int, Best] = field(default_factory=dict)
    quotes: dict[int, Best] = field(default_factory=dict)

    def see(self, batch: mirror.EventBatch) -> None:
        """Take in a batch."""
        depth, quotes = batch.depth, batch.quotes
        exponents = (depth.price_exponent, depth.quantity_exponent)
        bests = zip(
            column(depth.last_update_id).tolist(),
            column(depth.best_bid_price).tolist(),
            column(depth.best_bid_quantity).tolist(),
            column(depth.best_ask_price).tolist(),
            column(depth.best_ask_quantity).tolist(),
            strict=True,
        )
        self.books.update(
            {
                number: Best(bid, size, ask, own, *exponents)
                for number, bid, size, ask, own in bests
                if bid and ask
            }
        )
        exponents = (quotes.price_exponent, quotes.quantity_exponent)
        said = zip(
            column(quotes.update_id).tolist(),
            column(quotes.bid_price).tolist(),
            column(quotes.bid_quantity).tolist(),
            column(quotes.ask_price).tolist(),
            column(quotes.ask_quantity).tolist(),
            strict=True,
        )
        self.quotes.update(
            {number: Best(bid, size, ask, own, *exponents) for number, bid, size, ask, own in said}
        )

    @property
    def shared(self) -> list[int]:
        """Return the update ids that both carry, in order."""
        return sorted(self.books.keys() & self.quotes.keys())

    def compare(self) -> tuple[int, int]:
        """Return (comparisons, differences)."""
        shared = self.shared
        return len(shared), sum(not self.books[number].says(self.quotes[number]) for number in shared)

    def compare_with_the_quote_before(self) -> tuple[int, int]:
        """Return the same against the quote before the matching one: what a book that lags by one change would show."""
        ids = sorted(self.quotes)
        before = dict(zip(ids[1:], ids, strict=False))
        shared = list(self.books.keys() & before.keys())
        return len(shared), sum(not self.books[number].says(self.quotes[before[number]]) for number in shared)

    def alter_one_level(self) -> None:
        """Change the first best bid that is compared by its smallest unit: a control, which the comparison must find."""
        number = self.shared[0]
        self.books[number] = self.books[number]._replace(bid=self.books[number].bid + 1)
