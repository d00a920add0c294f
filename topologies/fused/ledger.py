"""The ledger in a fused run: the books over the store in memory, said as the service says them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from services.ledger.adapters.memory import MemoryLedgerStore
from services.ledger.domain.books import Book, value
from services.ledger.domain.entries import deposit_entry, fill_entry
from services.ledger.marks import Marks
from services.ledger.messages import entry_message, fill_of, portfolio_message
from services.ledger.store import Booked, Booking
from sextant.bus.port import Position
from sextant.core.identity import Identity, Root
from sextant.core.partitions import portfolio_partition
from sextant.core.time import SECOND, SettableClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.settings import Platform
from sextant.runtime.stage import Input
from sextant.runtime.stamp import Stamper
from sextant.runtime.trace import child_span, order_attributes
from sextant.telemetry.spans import SpanSink
from topologies.fused.immediate import finish
from topologies.fused.line import Line

ORDERS: Final = "execution.orders.v1"
FILLS: Final = "execution.fills.v1"
ENTRIES: Final = "ledger.entries.v1"
PORTFOLIOS: Final = "ledger.portfolios.v1"
VECTORS: Final = "features.vectors.v1"


class FusedLedger:
    """The books of every portfolio. Listens to orders, fills and vectors; says entries and portfolios."""

    def __init__(
        self, platform: Platform, line: Line, clock: SettableClock, stamper: Stamper, spans: SpanSink
    ) -> None:
        self._platform, self._line, self._clock = platform, line, clock
        self._stamper, self._spans = stamper, spans
        self.store = MemoryLedgerStore()
        self.books: dict[str, Book] = {
            name: finish(self.store.load(name)) for name in sorted(platform.portfolios)
        }
        self._marks = Marks()
        self._applied: dict[tuple[str, int], int] = {}
        self._epoch, self._versions = clock.now_ns, dict.fromkeys(self.books, 0)
        line.listen(ORDERS, self._on_order)
        line.listen(FILLS, self._on_fill)
        line.listen(VECTORS, lambda record: self._marks.see(record.value))

    def open(self) -> None:
        """Book what every account held at the start, and say the portfolios."""
        openings = [
            Booking(deposit_entry(account.portfolio, name, asset, amount), None)
            for name, account in sorted(self._platform.venue_accounts.items())
            for asset, amount in sorted(account.opening.items())
        ]
        self._say_entries(self.store.book_now(self.books, openings, {}), self._stamper.clock.wall_ns())
        self.say_portfolios()

    def say_portfolios(self) -> None:
        """Say the state of every portfolio."""
        for name in self.books:
            self._say_portfolio(name)

    def _on_order(self, record: Input) -> None:
        self._apply(record, [])

    def _on_fill(self, record: Input) -> None:
        fill = fill_of(record.value)
        in_ns = self._stamper.clock.wall_ns()
        booked = self._apply(record, [Booking(fill_entry(fill), fill, record.lineage.raw, record.trace)])
        self._say_entries(booked, in_ns)
        for portfolio in sorted({each.booking.entry.portfolio for each in booked}):
            self._say_portfolio(portfolio)

    def _apply(self, record: Input, bookings: list[Booking]) -> list[Booked]:
        at = record.position
        self._applied[at.topic, at.partition] = at.offset
        return self.store.book_now(self.books, bookings, {(at.topic, at.partition): at.offset + 1})

    def _say_entries(self, booked: list[Booked], in_ns: int) -> None:
        for each in booked:
            entry = each.booking.entry
            message = entry_message(entry, each.number)
            hop = self._stamper.hop(in_ns, None)
            trace = b""
            if each.booking.trace:
                span, trace = child_span(
                    each.booking.trace, "ledger", entry.entry_id, hop, order_attributes(message)
                )
                self._spans.add(span)
            identity = Identity(Root(f"ledger.entries/{entry.portfolio}", 0, each.number))
            lineage = Lineage(each.booking.lineage).with_hop(hop)
            self._line.say(
                self._stamper.outgoing(
                    ENTRIES, entry.portfolio, entry.portfolio, message, identity, lineage, trace=trace
                )
            )
        finish(self.store.published(booked))

    def _say_portfolio(self, name: str) -> None:
        book, now_ns = self.books[name], self._clock.now_ns
        currency = self._platform.portfolios[name].currency
        worth = value(book, currency, self._marks.in_currency(currency))
        day = datetime.fromtimestamp(now_ns // SECOND, UTC).date()
        start = finish(self.store.day_start(name, day, worth.equity))
        version = self._versions[name]
        self._versions[name] = version + 1
        partition = portfolio_partition(name)
        applied = [
            Position(topic, own, offset)
            for (topic, own), offset in sorted(self._applied.items())
            if own == partition
        ]
        message = portfolio_message(
            book,
            currency,
            worth,
            self._marks.by_instrument,
            applied,
            version=self._epoch + version,
            now_ns=now_ns,
            day_start_equity=start,
        )
        identity = Identity(Root(f"ledger.portfolios/{name}", self._epoch, version))
        self._line.say(self._stamper.outgoing(PORTFOLIOS, name, name, message, identity, Lineage()))
