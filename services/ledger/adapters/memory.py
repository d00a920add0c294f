"""Books in memory: for fused runs and tests. It fences like the real one."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date

from services.ledger.domain.audit import append
from services.ledger.domain.books import Book
from services.ledger.store import EPOCH_ROOM, Audited, Booked, Booking, Claim, Deed, OwnerFenced


class MemoryLedgerStore:
    """A `LedgerStore` without a database. `booked` is every entry in order."""

    def __init__(self) -> None:
        self.booked: list[Booked] = []
        self.chain: list[Audited] = []
        self._books: dict[str, Book] = {}
        self._ids: set[str] = set()
        self._claims: dict[tuple[str, int], Claim] = {}
        self._published: set[str] = set()
        self._sources: set[str] = set()
        self._audit_published: set[int] = set()
        self._days: dict[tuple[str, date], float] = {}

    async def check(self) -> None:
        return None

    async def acquire(self, topic: str, partition: int, owner: str, now_ns: int) -> Claim:
        last = self._claims.get((topic, partition))
        claim = Claim(topic, partition, now_ns)
        if last is not None:
            claim = Claim(topic, partition, max(last.epoch + EPOCH_ROOM, now_ns), last.next_offset)
        self._claims[topic, partition] = claim
        return claim

    async def load(self, portfolio: str) -> Book:
        return copy.deepcopy(self._books.get(portfolio, Book(portfolio)))

    async def book(
        self, claim: Claim, books: Mapping[str, Book], bookings: Sequence[Booking], next_offset: int | None
    ) -> list[Booked]:
        return self.book_now(claim, books, bookings, next_offset)

    def book_now(
        self, claim: Claim, books: Mapping[str, Book], bookings: Sequence[Booking], next_offset: int | None
    ) -> list[Booked]:
        """Do what book() does, without awaiting."""
        self._fence(claim)
        new = []
        for booking in bookings:
            if booking.entry.entry_id in self._ids:
                continue
            self._ids.add(booking.entry.entry_id)
            portfolio = booking.entry.portfolio
            own = self._books.setdefault(portfolio, Book(portfolio))
            for book in (own, books[portfolio]):
                book.post(booking.entry, booking.fill)
            new.append(Booked(booking, own.entries))
        self.booked.extend(new)
        self._move(claim, next_offset)
        return new

    async def unpublished(self, portfolio: str) -> list[Booked]:
        return [
            booked
            for booked in self.booked
            if booked.booking.entry.portfolio == portfolio
            and booked.booking.entry.entry_id not in self._published
        ]

    async def published(self, booked: Sequence[Booked]) -> None:
        self._published.update(each.booking.entry.entry_id for each in booked)

    async def day_start(self, claim: Claim, portfolio: str, day: date, equity: float) -> float:
        self._fence(claim)
        return self._days.setdefault((portfolio, day), equity)

    async def append_audit(self, claim: Claim, deeds: Sequence[Deed], next_offset: int) -> list[Audited]:
        self._fence(claim)
        new = []
        for deed in deeds:
            if deed.source in self._sources:
                continue
            self._sources.add(deed.source)
            tail = self.chain[-1].link if self.chain else None
            new.append(Audited(append(tail, deed.act), deed.lineage))
            self.chain.append(new[-1])
        self._move(claim, next_offset)
        return new

    async def unpublished_audit(self) -> list[Audited]:
        return [each for each in self.chain if each.link.number not in self._audit_published]

    async def audit_published(self, audited: Sequence[Audited]) -> None:
        self._audit_published.update(each.link.number for each in audited)

    def _fence(self, claim: Claim) -> None:
        current = self._claims.get((claim.topic, claim.partition))
        if current != claim:
            standing = (current.epoch, current.next_offset) if current else (None, None)
            raise OwnerFenced(claim, *standing)

    def _move(self, claim: Claim, next_offset: int | None) -> None:
        self._claims[claim.topic, claim.partition] = claim.at(next_offset)
