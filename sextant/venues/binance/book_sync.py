"""Keeping a book in step with the venue: a REST snapshot bridged to the stream of changes, gaps found.

Sources: Binance "How to manage a local order book correctly", spot (2025-11) and futures; the two cases that the text leaves open
(a first change that begins right after the snapshot; a chain that meets it between two changes) are decided by the id rule alone:
a change may be applied when it covers everything after the book's id.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from sextant.venues.book import Book

if TYPE_CHECKING:
    from sextant.venues.native import AnyBook

#: Changes kept while a snapshot is awaited; older ones fall out and a newer snapshot is asked for.
_MAX_WAITING: Final = 20_000


class Change(NamedTuple):
    """One depth event as integers. `previous` is the venue's `pu`; on spot the id before `first`."""

    first: int
    last: int
    previous: int
    bid_prices: list[int]
    bid_quantities: list[int]
    ask_prices: list[int]
    ask_quantities: list[int]


class Outcome(Enum):
    """What a change did."""

    APPLIED = "applied"
    WAITING = "waiting for a snapshot"
    COVERED = "already in the snapshot"
    GAP = "a change is missing before it"
    OUT_OF_ORDER = "older than the book"
    CROSSED = "the book crossed"


class BookSync:
    """One instrument's book. It is whole from a bridged snapshot to the next gap."""

    def __init__(self, *, is_chained: bool, book: AnyBook | None = None) -> None:
        self._is_chained = is_chained
        self.book: AnyBook = Book() if book is None else book
        self._waiting: deque[Change] = deque(maxlen=_MAX_WAITING)

    @property
    def last_id(self) -> int:
        """The id of the newest change in the book."""
        return self.book.last_id

    @property
    def is_whole(self) -> bool:
        """Whether no change is missing in the book since its snapshot."""
        return self.book.is_whole

    @property
    def has_changes(self) -> bool:
        """Whether the stream has begun, so that a snapshot is worth asking for."""
        return self.is_whole or bool(self._waiting)

    def invalidate(self) -> None:
        """Forget everything: the stream was cut."""
        self.book.clear()
        self._waiting.clear()

    def apply(self, change: Change) -> Outcome:
        """Take the next change of the stream."""
        book = self.book
        if not book.is_whole:
            self._wait(change)
            return Outcome.WAITING
        if book.is_bridged:
            if change.previous != book.last_id and not self._covers(change):
                is_old = change.last <= book.last_id
                return self._broken(change, Outcome.OUT_OF_ORDER if is_old else Outcome.GAP)
        else:
            if change.last <= book.last_id:
                return Outcome.COVERED
            if change.previous > book.last_id:
                return self._broken(change, Outcome.GAP)
            book.is_bridged = True
        self._put(change)
        return self._broken(None, Outcome.CROSSED) if book.is_crossed else Outcome.APPLIED

    def bridge(
        self, last_id: int, bids: tuple[list[int], list[int]], asks: tuple[list[int], list[int]]
    ) -> bool:
        """Begin from a snapshot and the changes that waited for it. False when it is too old for them: ask again."""
        later = [change for change in self._waiting if change.last > last_id]
        if later and later[0].previous > last_id:
            return False
        book = self.book
        book.clear()
        book.bids.replace(*bids)
        book.asks.replace(*asks)
        book.last_id = last_id
        for change in later:
            self._put(change)
        self._waiting.clear()
        if book.is_crossed:
            self.invalidate()
            return False
        book.is_bridged = bool(later)
        book.is_whole = True
        return True

    def rescale(self, price_factor: int, quantity_factor: int) -> None:
        """Multiply every number: the exponents became finer."""
        for side in (self.book.bids, self.book.asks):
            prices, quantities = side.levels()
            side.replace([p * price_factor for p in prices], [q * quantity_factor for q in quantities])
        self._waiting = deque(
            (
                Change(
                    *(change.first, change.last, change.previous),
                    [price * price_factor for price in change.bid_prices],
                    [quantity * quantity_factor for quantity in change.bid_quantities],
                    [price * price_factor for price in change.ask_prices],
                    [quantity * quantity_factor for quantity in change.ask_quantities],
                )
                for change in self._waiting
            ),
            maxlen=_MAX_WAITING,
        )

    def _covers(self, change: Change) -> bool:
        """Spot: a change that begins at or before the next id and ends after the book's also follows."""
        return not self._is_chained and change.previous <= self.book.last_id < change.last

    def _wait(self, change: Change) -> None:
        """Keep the change; one that does not follow the newest kept makes those before it useless."""
        if self._waiting:
            newest = self._waiting[-1]
            follows = change.previous == newest.last or (
                not self._is_chained and change.previous <= newest.last < change.last
            )
            if not follows:
                self._waiting.clear()
        self._waiting.append(change)

    def _put(self, change: Change) -> None:
        book = self.book
        book.bids.apply(change.bid_prices, change.bid_quantities)
        book.asks.apply(change.ask_prices, change.ask_quantities)
        book.last_id = change.last

    def _broken(self, change: Change | None, outcome: Outcome) -> Outcome:
        self.invalidate()
        if change is not None and outcome is Outcome.GAP:
            self._waiting.append(change)
        return outcome
