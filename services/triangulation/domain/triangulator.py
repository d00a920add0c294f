"""All assets of one input partition: listings, clocks, rates, and a statement per observation."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.triangulation.domain.asset import Asset
from services.triangulation.domain.book import Book
from services.triangulation.domain.values import Listing, Observation, Rules, Statement
from sextant.core.instruments import base_asset, split_instrument

#: Verdicts on all instruments of an asset are repeated at most this often, in event time, while none changes.
REPEAT_NS = 100_000_000


@dataclass(slots=True)
class Memory:
    """The whole state of a partition, as plain values."""

    assets: dict[str, Asset] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)
    offsets_ns: dict[str, int] = field(default_factory=dict)


class Triangulator:
    """Judges what venues say. The same observations in the same order give the same statements."""

    def __init__(self, rules: Rules, memory: Memory | None = None) -> None:
        self._rules = rules
        self.memory = memory or Memory()
        self._places = {
            name: (asset, book) for asset in self.memory.assets.values() for name, book in asset.books.items()
        }

    def list_instrument(self, listing: Listing) -> None:
        """Take in what an instrument is; its asset's fix is taken anew."""
        self.memory.listings[listing.instrument] = listing
        place = self._places.get(listing.instrument)
        if place is not None:
            asset, book = place
            book.listing, asset.is_due = listing, True

    def set_clock(self, venue: str, offset_ns: int) -> None:
        """Take in how far a venue's clock is ahead of ours."""
        if self.memory.offsets_ns.get(venue) == offset_ns:
            return
        self.memory.offsets_ns[venue] = offset_ns
        for asset in self.memory.assets.values():
            for book in asset.books.values():
                if book.listing.venue == venue:
                    book.offset_ns, asset.is_due = offset_ns, True

    def observe(self, seen: Observation) -> Statement:
        """Take in one observation. The fix is taken anew when the book spoke, a quote expired, or rules and clocks changed."""
        asset, book = self._places.get(seen.instrument) or self._open(seen)
        has_spoken = book.observe(seen)
        asset.advance(seen.event_time_ns)
        is_taken = has_spoken or asset.is_due or self._has_moving_rates(asset)
        changes = asset.take(self._rules, self.rate) if is_taken else ()
        is_due = bool(changes) or asset.now_ns >= asset.said_ns + REPEAT_NS
        if is_due:
            asset.said_ns = asset.now_ns
        return Statement(asset.fix, asset.verdict(book), asset.verdicts() if is_due else (), changes)

    def rate(self, quote: str, our_now_ns: int) -> float | None:
        """Return units of the fix's currency for one unit of `quote`: said explicitly, or by the fresh fix of its own markets.

        The rate of an asset may stand on fewer venues than the quorum: a stablecoin has few markets against the currency itself.
        """
        if quote == self._rules.currency:
            return 1.0
        fixed = self._rules.fixed_rates.get(quote)
        if fixed is not None:
            return fixed
        asset = self.memory.assets.get(quote)
        if asset is None or asset.fix is None or not asset.fix.venues:
            return None
        return asset.fix.price if our_now_ns - asset.fix.agreed_ns <= self._rules.fresh_ns else None

    def _has_moving_rates(self, asset: Asset) -> bool:
        rules = self._rules
        return any(
            book.listing.quote != rules.currency and book.listing.quote not in rules.fixed_rates
            for book in asset.books.values()
        )

    def _open(self, seen: Observation) -> tuple[Asset, Book]:
        listing = self.memory.listings.get(seen.instrument) or self._guess(seen)
        asset = self.memory.assets.setdefault(listing.base, Asset(listing.base))
        weight = self._rules.weights.get(listing.venue, 1.0)
        book = Book(listing, weight, self.memory.offsets_ns.get(listing.venue, 0))
        asset.add(book)
        self._places[seen.instrument] = asset, book
        return asset, book

    def _guess(self, seen: Observation) -> Listing:
        """Return what the unified symbol and the configuration say, until ingest's record of the instrument arrives."""
        pair, _, settle = split_instrument(seen.instrument)[1].partition(":")
        base, quote = base_asset(seen.instrument), pair.partition("/")[2]
        operator = self._rules.operators.get(seen.venue, seen.venue)
        return Listing(seen.instrument, seen.venue, operator, base, quote, is_spot=not settle)
