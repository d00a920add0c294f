"""The ledger in a fused run: the books over the store in memory, said as the service says them."""

from __future__ import annotations

from services.ledger.adapters.memory import MemoryLedgerStore
from services.ledger.domain.books import Book
from services.ledger.marks import Marks
from services.ledger.reading import FILLS, ORDERS, VECTORS, booking_of
from services.ledger.statements import Statements, Version, day_of
from services.ledger.store import Booked, Claim
from sextant.core.partitions import PORTFOLIO_PARTITIONS, portfolio_partition
from sextant.core.time import SettableClock
from sextant.runtime.settings import Platform
from sextant.runtime.stage import Input
from sextant.runtime.stamp import Stamper
from sextant.telemetry.spans import SpanSink
from topologies.fused.immediate import finish
from topologies.fused.line import Line


class FusedLedger:
    """The books of every portfolio. Listens to orders, fills and vectors; says entries and portfolios."""

    def __init__(
        self, platform: Platform, line: Line, clock: SettableClock, stamper: Stamper, spans: SpanSink
    ) -> None:
        self._line, self._clock = line, clock
        self._stamper, self._spans = stamper, spans
        self._marks = Marks()
        self._statements = Statements(platform, stamper, self._marks, with_spans=spans.is_wanted)
        self.store = MemoryLedgerStore()
        self.books: dict[str, Book] = {
            name: finish(self.store.load(name)) for name in sorted(platform.portfolios)
        }
        self._claims: dict[tuple[str, int], Claim] = {
            (topic, partition): finish(self.store.acquire(topic, partition, stamper.instance, clock.now_ns))
            for topic in (ORDERS, FILLS)
            for partition in range(PORTFOLIO_PARTITIONS)
        }
        self._versions = {name: Version(clock.now_ns) for name in self.books}
        line.listen(ORDERS, self._apply)
        line.listen(FILLS, self._apply)
        line.listen(VECTORS, lambda record: self._marks.see(record.value))

    def open(self) -> None:
        """Book what every account held at the start, and say the portfolios."""
        for name in self.books:
            claim = self._claims[FILLS, portfolio_partition(name)]
            openings = self._statements.openings(name)
            booked = self.store.book_now(claim, self.books, openings, claim.next_offset)
            self._say_entries(booked, self._stamper.clock.wall_ns())
        self.say_portfolios()

    def say_portfolios(self) -> None:
        """Say the state of every portfolio."""
        for name in self.books:
            self._say_portfolio(name)

    def _apply(self, record: Input) -> None:
        in_ns, booking = self._stamper.clock.wall_ns(), booking_of(record)
        at, next_offset = record.position[:2], record.position.offset + 1
        bookings = [] if booking is None else [booking]
        booked = self.store.book_now(self._claims[at], self.books, bookings, next_offset)
        self._claims[at] = self._claims[at].at(next_offset)
        self._say_entries(booked, in_ns)
        for each in booked:
            self._say_portfolio(each.booking.entry.portfolio)

    def _say_entries(self, booked: list[Booked], in_ns: int) -> None:
        records, spans = self._statements.entries(booked, in_ns)
        for span in spans:
            self._spans.add(span)
        for record in records:
            self._line.say(record)
        finish(self.store.published(booked))

    def _say_portfolio(self, name: str) -> None:
        book, now_ns, version = self.books[name], self._clock.now_ns, self._versions[name]
        worth = self._statements.worth(book)
        claim = self._claims[FILLS, portfolio_partition(name)]
        start = finish(self.store.day_start(claim, name, day_of(now_ns), worth.equity))
        claims = self._claims.values()
        self._line.say(
            self._statements.portfolio(book, worth, version, claims, now_ns=now_ns, day_start=start)
        )
