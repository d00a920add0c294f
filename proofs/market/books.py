"""Books against best quotes: wherever both carry one update id, they must say the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from sextant.contracts.columns import column
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror

_Best = tuple[int, int, int, int]


@dataclass(slots=True)
class BookAgainstQuotes:
    """Collects what one instrument said."""

    books: dict[int, _Best] = field(default_factory=dict)
    quotes: dict[int, _Best] = field(default_factory=dict)

    def see(self, batch: mirror.EventBatch) -> None:
        """Take in a batch; both tables must have the same exponents as before."""
        depth, quotes = batch.depth, batch.quotes
        bests = zip(
            column(depth.last_update_id).tolist(),
            column(depth.best_bid_price).tolist(),
            column(depth.best_bid_quantity).tolist(),
            column(depth.best_ask_price).tolist(),
            column(depth.best_ask_quantity).tolist(),
            strict=True,
        )
        self.books.update({number: tuple(best) for number, *best in bests if best[0] and best[2]})
        said = zip(
            column(quotes.update_id).tolist(),
            column(quotes.bid_price).tolist(),
            column(quotes.bid_quantity).tolist(),
            column(quotes.ask_price).tolist(),
            column(quotes.ask_quantity).tolist(),
            strict=True,
        )
        self.quotes.update({number: tuple(best) for number, *best in said})

    def compare(self) -> tuple[int, int]:
        """Return (comparisons, differences)."""
        shared = self.books.keys() & self.quotes.keys()
        return len(shared), sum(self.books[number] != self.quotes[number] for number in shared)

    def compare_with_the_quote_before(self) -> tuple[int, int]:
        """Return the same against the quote before the matching one: what a book that lags by one change would show."""
        ids = sorted(self.quotes)
        before = dict(zip(ids[1:], ids, strict=False))
        shared = list(self.books.keys() & before.keys())
        return len(shared), sum(self.books[number] != self.quotes[before[number]] for number in shared)
