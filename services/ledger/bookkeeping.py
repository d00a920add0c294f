"""The books of the portfolios in this instance's partitions: fills in, entries and portfolios out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.ledger.domain.books import Book
from services.ledger.marks import Marks
from services.ledger.metrics import LedgerMetrics
from services.ledger.reading import FILLS, booking_of
from services.ledger.statements import Statements, Version, day_of
from services.ledger.store import Booked, Booking, Claim, LedgerStore
from sextant.bus.port import TopicPartition
from sextant.core.partitions import portfolio_partition
from sextant.runtime.lineage import Lineage
from sextant.runtime.service import Resources
from sextant.runtime.stage import Input
from sextant.runtime.stamp import ROOT_STAGE
from sextant.runtime.trace import parent_of


class Bookkeeping:
    """The `Work` of fills, and of orders, of which only the offset counts: portfolios say how far they are known."""

    def __init__(
        self, resources: Resources, store: LedgerStore, marks: Marks, metrics: LedgerMetrics
    ) -> None:
        self._resources, self._store, self._marks, self._metrics = resources, store, marks, metrics
        self._statements = Statements(
            resources.platform, resources.stamper, marks, with_spans=resources.spans.is_wanted
        )
        self._producer = resources.bus.producer()
        self._books: dict[str, Book] = {}
        self._versions: dict[str, Version] = {}
        self._claims: dict[TopicPartition, Claim] = {}
        self._days: dict[str, tuple[date, float]] = {}

    async def open(self, claim: Claim) -> None:
        self._claims[TopicPartition(claim.topic, claim.partition)] = claim
        if claim.topic == FILLS:
            for portfolio in self._resources.platform.portfolios:
                if portfolio_partition(portfolio) == claim.partition:
                    await self._open(claim, portfolio)

    def close(self, at: TopicPartition) -> None:
        self._claims.pop(at, None)
        if at.topic == FILLS:
            for portfolio in [name for name in self._books if portfolio_partition(name) == at.partition]:
                del self._books[portfolio], self._versions[portfolio]
                self._days.pop(portfolio, None)
                self._metrics.hide(portfolio)

    def clear(self) -> None:
        """Forget everything, also what was only half opened."""
        for portfolio in self._books:
            self._metrics.hide(portfolio)
        for memory in (self._claims, self._books, self._versions, self._days):
            memory.clear()

    def read(self, record: Input) -> Booking | None:
        return booking_of(record)

    async def apply(
        self, claim: Claim, items: Sequence[Booking | None], next_offset: int, in_ns: int
    ) -> Claim:
        bookings = [item for item in items if item is not None]
        booked = await self._store.book(claim, self._books, bookings, next_offset)
        claim = claim.at(next_offset)
        self._claims[TopicPartition(claim.topic, claim.partition)] = claim
        self._metrics.duplicates.inc(len(bookings) - len(booked))
        await self._say(booked, in_ns)
        for portfolio in sorted({each.booking.entry.portfolio for each in booked}):
            await self._say_portfolio(self._books[portfolio])
        await self._mark(booked)
        return claim

    async def say_portfolios(self) -> None:
        """Say the state of every portfolio that is held, once the marks are those of now."""
        for book in list(self._books.values()):
            await self._say_portfolio(book)

    async def _open(self, claim: Claim, portfolio: str) -> None:
        book = await self._store.load(portfolio)
        self._books[portfolio], self._versions[portfolio] = book, Version(claim.epoch)
        await self._store.book(claim, self._books, self._statements.openings(portfolio), claim.next_offset)
        unpublished = await self._store.unpublished(portfolio)
        await self._say(unpublished, self._resources.clock.wall_ns())
        await self._say_portfolio(book)
        await self._mark(unpublished)

    async def _say(self, booked: Sequence[Booked], in_ns: int) -> None:
        if booked:
            records, spans = self._statements.entries(booked, in_ns)
            for span in spans:
                self._resources.spans.add(span)
            await self._producer.send(records)
            self._measure(booked)

    def _measure(self, booked: Sequence[Booked]) -> None:
        """Take how old the ticks are that these entries end the way of."""
        now_ns = self._resources.clock.wall_ns()
        for each in booked:
            first = Lineage(each.booking.lineage).first()
            if first is not None and first.stage == ROOT_STAGE:
                self._metrics.tick_age.observe(first.in_ns, now_ns, parent_of(each.booking.trace)[0])

    async def _mark(self, booked: Sequence[Booked]) -> None:
        """Remember that entries are in the log and their spans have left: otherwise a restart says both again."""
        if not booked:
            return
        await self._resources.spans.settle()
        await self._store.published(booked)
        for each in booked:
            self._metrics.entries.labels(each.booking.entry.portfolio).inc()

    async def _say_portfolio(self, book: Book) -> None:
        if not self._marks.is_caught_up:  # at an old mark a breaker would see a loss of today that is none
            return
        now_ns, worth = self._resources.clock.wall_ns(), self._statements.worth(book)
        start = await self._day_start(book.portfolio, day_of(now_ns), worth.equity)
        version, claims = self._versions[book.portfolio], self._claims.values()
        record = self._statements.portfolio(book, worth, version, claims, now_ns=now_ns, day_start=start)
        self._metrics.show(book, worth, start)
        await self._producer.send([record])

    async def _day_start(self, portfolio: str, day: date, equity: float) -> float:
        known = self._days.get(portfolio)
        if known is not None and known[0] == day:
            return known[1]
        claim = self._claims[TopicPartition(FILLS, portfolio_partition(portfolio))]
        start = await self._store.day_start(claim, portfolio, day, equity)
        self._days[portfolio] = (day, start)
        return start
