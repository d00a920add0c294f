"""The port to the books' keeper. Adapters: Postgres, and memory for fused runs; both pass one suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Protocol

from services.ledger.domain.audit import Act, Link
from services.ledger.domain.books import Book
from services.ledger.domain.entries import Entry, Fill
from sextant.bus.port import Position
from sextant.core.errors import Retryable
from sextant.core.time import SECOND

#: How far the next owner's epoch lies above the last one's at least, even where its clock is behind: room for what an owner says.
EPOCH_ROOM: Final = SECOND


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write one input partition: every write carries it, and each that moves the offset makes it out of date.

    `next_offset` None: nothing of the partition was applied yet.
    """

    topic: str
    partition: int
    epoch: int
    next_offset: int | None = None

    def at(self, next_offset: int | None) -> Claim:
        """Return the claim after a write up to an offset."""
        return replace(self, next_offset=next_offset)


class OwnerFenced(Retryable):
    """Another ledger has the partition by now: this one must drop what it holds of it and join its group anew."""

    def __init__(self, claim: Claim, epoch: int | None, next_offset: int | None) -> None:
        super().__init__(
            f"{claim.topic}/{claim.partition}: own epoch {claim.epoch} at offset {claim.next_offset},"
            f" current epoch {epoch} at offset {next_offset}"
        )
        self.claim, self.epoch, self.next_offset = claim, epoch, next_offset


class BooksDiffer(Retryable):
    """The store holds what this instance does not know, though nobody fenced it: it must load the books again before it writes."""


@dataclass(frozen=True, slots=True)
class Booking:
    """An entry to book, the fill that it books where there is one, the way it came and where its record lies in `execution.fills.v1`."""

    entry: Entry
    fill: Fill | None
    lineage: bytes = b""
    trace: bytes = b""
    at: Position | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking with its place in the portfolio's chain."""

    booking: Booking
    number: int


@dataclass(frozen=True, slots=True)
class Deed:
    """An act for the audit chain, and the way it came with the ledger's own hop. The same `source` is appended once."""

    source: str
    act: Act
    lineage: bytes = b""


@dataclass(frozen=True, slots=True)
class Audited:
    """A link of the audit chain, and the way it came."""

    link: Link
    lineage: bytes = b""


class LedgerStore(Protocol):
    """Keeps books; effect and offset move in one transaction, for the owner of the partition only.

    Every method raises DatabaseUnavailable when nobody answers: then it is not known whether a write took effect, so the caller drops
    what it holds and takes its partitions anew. Those that carry a claim raise OwnerFenced, and change nothing, unless it is the
    newest claim on its partition and the partition stands at the claim's offset; BooksDiffer, and change nothing, where a number of
    an entry or a link is given already.
    """

    async def check(self) -> None:
        """Return when the database answers."""

    async def acquire(self, topic: str, partition: int, owner: str, now_ns: int) -> Claim:
        """Become the owner of an input partition: raises its epoch, which fences the owner before.

        The epoch is `now_ns`, or `EPOCH_ROOM` above the last one where that is higher.
        """

    async def load(self, portfolio: str) -> Book:
        """Return a copy of a portfolio's books; empty ones when it has none yet."""

    async def book(
        self, claim: Claim, books: Mapping[str, Book], bookings: Sequence[Booking], next_offset: int | None
    ) -> list[Booked]:
        """Book what is new and move the offset, all or nothing; then `books` show it. What was booked before changes nothing.

        Returns what was new, in order. Openings move no offset: they give the claim's own.
        """

    async def unpublished(self, portfolio: str) -> list[Booked]:
        """Return entries that were booked but not known to be published, oldest first."""

    async def published(self, booked: Sequence[Booked]) -> None:
        """Remember that these were acknowledged by the log."""

    async def day_start(self, claim: Claim, portfolio: str, day: date, equity: float) -> float:
        """Return the equity at the start of a day: the one stated first for it."""

    async def append_audit(self, claim: Claim, deeds: Sequence[Deed], next_offset: int) -> list[Audited]:
        """Append links to the audit chain and move the offset, all or nothing. Returns what was new, in order."""

    async def unpublished_audit(self) -> list[Audited]:
        """Return links that are not known to be published, oldest first."""

    async def audit_published(self, audited: Sequence[Audited]) -> None:
        """Remember that these links were acknowledged by the log."""
