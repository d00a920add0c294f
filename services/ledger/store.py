"""The port to the books' keeper. Adapters: Postgres, and memory for fused runs; both pass one suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.ledger.domain.audit import Link
from services.ledger.domain.books import Book
from services.ledger.domain.entries import Entry, Fill

#: Next offset by (topic, partition).
Offsets = Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Booking:
    """An entry to book, the fill that it books where there is one, and the way it came."""

    entry: Entry
    fill: Fill | None
    lineage: bytes = b""
    trace: bytes = b""


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking with its place in the portfolio's chain."""

    booking: Booking
    number: int


class LedgerStore(Protocol):
    """Keeps books; effect and offset move in one transaction."""

    async def load(self, portfolio: str) -> Book:
        """Return a portfolio's books; empty ones when it has none yet."""

    async def book(
        self, books: Mapping[str, Book], bookings: Sequence[Booking], offsets: Offsets
    ) -> list[Booked]:
        """Book what is new and move the offsets, all or nothing; then `books` show it. What was booked before changes nothing.

        Returns what was new, in order. Raises DatabaseUnavailable; then nothing has changed.
        """

    async def next_offset(self, topic: str, partition: int) -> int | None:
        """Return where to read on; None when nothing was read yet."""

    async def unpublished(self, portfolio: str) -> list[Booked]:
        """Return entries that were booked but not known to be published, oldest first."""

    async def published(self, booked: Sequence[Booked]) -> None:
        """Remember that these were acknowledged by the log."""

    async def day_start(self, portfolio: str, day: date, equity: float) -> float:
        """Return the equity at the start of a day: the one stated first for it."""

    async def append_audit(
        self, actor: str, action: str, detail: dict[str, str], time_ns: int, offsets: Offsets
    ) -> Link:
        """Append a link to the audit chain, together with the offsets."""
