"""Books in memory: for fused runs and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.ledger.domain.audit import Link, append
from services.ledger.domain.books import Book
from services.ledger.store import Booked, Booking, Offsets


class MemoryLedgerStore:
    """A `LedgerStore` without a database. `booked` is every entry in order."""

    def __init__(self) -> None:
        self.booked: list[Booked] = []
        self.links: list[Link] = []
        self._books: dict[str, Book] = {}
        self._ids: set[str] = set()
        self._offsets: dict[tuple[str, int], int] = {}
        self._published: set[str] = set()
        self._days: dict[tuple[str, date], float] = {}

    async def load(self, portfolio: str) -> Book:
        return self._books.setdefault(portfolio, Book(portfolio))

    async def book(
        self, books: Mapping[str, Book], bookings: Sequence[Booking], offsets: Offsets
    ) -> list[Booked]:
        return self.book_now(books, bookings, offsets)

    def book_now(
        self, books: Mapping[str, Book], bookings: Sequence[Booking], offsets: Offsets
    ) -> list[Booked]:
        """Do what book() does, without awaiting."""
        new = []
        for booking in bookings:
            if booking.entry.entry_id in self._ids:
                continue
            self._ids.add(booking.entry.entry_id)
            book = books[booking.entry.portfolio]
            book.post(booking.entry, booking.fill)
            new.append(Booked(booking, book.entries))
        self.booked.extend(new)
        self._offsets.update(offsets)
        return new

    async def next_offset(self, topic: str, partition: int) -> int | None:
        return self._offsets.get((topic, partition))

    async def unpublished(self, portfolio: str) -> list[Booked]:
        return [
            booked
            for booked in self.booked
            if booked.booking.entry.portfolio == portfolio
            and booked.booking.entry.entry_id not in self._published
        ]

    async def published(self, booked: Sequence[Booked]) -> None:
        self._published.update(each.booking.entry.entry_id for each in booked)

    async def day_start(self, portfolio: str, day: date, equity: float) -> float:
        return self._days.setdefault((portfolio, day), equity)

    async def append_audit(
        self, actor: str, action: str, detail: dict[str, str], time_ns: int, offsets: Offsets
    ) -> Link:
        tail = self.links[-1] if self.links else None
        self.links.append(append(tail, actor=actor, action=action, detail=detail, time_ns=time_ns))
        self._offsets.update(offsets)
        return self.links[-1]
