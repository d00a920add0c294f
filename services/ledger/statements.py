"""What the ledger says: entries, portfolios and links of the audit chain as records. Pure: the service sends them, the fused line says them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from services.ledger.domain.books import Book, Valuation, value
from services.ledger.domain.entries import deposit_entry
from services.ledger.marks import Marks
from services.ledger.messages import audit_message, entry_message, portfolio_message
from services.ledger.store import Audited, Booked, Booking, Claim
from sextant.bus.port import Outgoing, Position
from sextant.core.identity import Identity, Root
from sextant.core.partitions import portfolio_partition
from sextant.core.time import SECOND
from sextant.runtime.lineage import Lineage
from sextant.runtime.settings import Platform
from sextant.runtime.stamp import Stamper
from sextant.runtime.trace import below
from sextant.runtime.trace_attributes import order_attributes
from sextant.telemetry.span import Span

ENTRIES: Final = "ledger.entries.v1"
PORTFOLIOS: Final = "ledger.portfolios.v1"
AUDIT: Final = "control.audit.v1"


@dataclass(slots=True)
class Version:
    """The place of a portfolio's next state: counted by one owner, whose epoch lies above all that were before it."""

    epoch: int
    count: int = 0


class Statements:
    """Makes the ledger's records; values portfolios at `marks`. Without `with_spans` nobody takes spans, and none are made."""

    def __init__(
        self, platform: Platform, stamper: Stamper, marks: Marks, *, with_spans: bool = True
    ) -> None:
        self._platform, self._stamper, self._marks = platform, stamper, marks
        self._with_spans = with_spans

    def openings(self, portfolio: str) -> list[Booking]:
        """Return the bookings of what a portfolio's accounts held when the ledger was opened; the same each time."""
        return [
            Booking(deposit_entry(portfolio, name, asset, amount), None)
            for name, account in sorted(self._platform.venue_accounts.items())
            if account.portfolio == portfolio
            for asset, amount in sorted(account.opening.items())
        ]

    def entries(self, booked: Sequence[Booked], in_ns: int) -> tuple[list[Outgoing], list[Span]]:
        """Return the records of entries in order, and the spans of those that belong to a trace."""
        made = [self._entry(each, in_ns) for each in booked]
        return [record for record, _ in made], [span for _, span in made if span is not None]

    def worth(self, book: Book) -> Valuation:
        """Value a portfolio in its currency."""
        currency = self._platform.portfolios[book.portfolio].currency
        return value(book, currency, self._marks.in_currency(currency))

    def portfolio(
        self,
        book: Book,
        worth: Valuation,
        version: Version,
        claims: Iterable[Claim],
        *,
        now_ns: int,
        day_start: float,
    ) -> Outgoing:
        """Return the record of a portfolio's state, and count it. `claims` say which offsets it shows."""
        epoch, count, partition = version.epoch, version.count, portfolio_partition(book.portfolio)
        applied = [
            Position(claim.topic, claim.partition, claim.next_offset - 1)
            for claim in claims
            if claim.partition == partition and claim.next_offset
        ]
        version.count += 1
        message = portfolio_message(
            book,
            self._platform.portfolios[book.portfolio].currency,
            worth,
            self._marks.by_instrument,
            sorted(applied),
            version=epoch + count,
            now_ns=now_ns,
            day_start_equity=day_start,
        )
        identity = Identity(Root(f"ledger.portfolios/{book.portfolio}", epoch, count))
        return self._stamper.outgoing(
            PORTFOLIOS, book.portfolio, book.portfolio, message, identity, Lineage()
        )

    def audit(self, audited: Audited) -> Outgoing:
        """Return the record of a link."""
        identity = Identity(Root("control.audit", 0, audited.link.number))
        message = audit_message(audited.link)
        return self._stamper.outgoing(AUDIT, "chain", "chain", message, identity, Lineage(audited.lineage))

    def _entry(self, booked: Booked, in_ns: int) -> tuple[Outgoing, Span | None]:
        entry, booking = booked.booking.entry, booked.booking
        message, hop = entry_message(entry, booked.number), self._stamper.hop(in_ns, booking.at)
        span, trace = None, b""
        if booking.trace:
            place = below(booking.trace, "ledger", entry.entry_id)
            trace = place.header
            if self._with_spans:
                span = place.span("post entry", hop, order_attributes(message))
        identity = Identity(Root(f"ledger.entries/{entry.portfolio}", 0, booked.number))
        lineage = Lineage(booking.lineage).with_hop(hop)
        record = self._stamper.outgoing(
            ENTRIES, entry.portfolio, entry.portfolio, message, identity, lineage, trace=trace
        )
        return record, span


def day_of(now_ns: int) -> date:
    """Return the UTC day of a moment."""
    return datetime.fromtimestamp(now_ns // SECOND, UTC).date()
