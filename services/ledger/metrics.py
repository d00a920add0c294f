"""Metrics of the ledger. Money is a float here, because a metric is one: the books are exact, these are views of them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.ledger.domain.books import Book, Valuation
from services.ledger.reading import VECTORS
from sextant.runtime.halted import halted_gauge
from sextant.telemetry.latency import TickAge

_VALUES = {
    "equity": "Equity in the portfolio's currency",
    "day_pnl": "Equity less that at the beginning of the ledger's UTC day, in the portfolio's currency",
    "realised_pnl": "Realised profit and loss before commissions, in the portfolio's currency",
    "unrealised_pnl": "Unrealised profit and loss at the newest marks, in the portfolio's currency",
    "commission": "Commission paid, in the portfolio's currency",
    "gross_exposure": "Sum of the absolute values of all positions at the newest marks, in the portfolio's currency",
    "net_exposure": "Sum of the signed values of all positions at the newest marks, in the portfolio's currency",
}


class LedgerMetrics:
    """What the ledger counts and what its books are worth."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.entries = Counter(
            "sextant_ledger_entries", "Entries booked for the first time", ["portfolio"], registry=registry
        )
        self.duplicates = Counter(
            "sextant_ledger_duplicates",
            "Bookings that were there already and changed nothing",
            registry=registry,
        )
        self.tick_age = TickAge(registry, "ledger")
        self.halted = halted_gauge(registry, "ledger")
        self.fenced = Counter(
            "sextant_ledger_fenced",
            "Writes that were refused because another instance has the partition",
            registry=registry,
        )
        self.rejoins = Counter(
            "sextant_ledger_rejoins",
            "Times that everything held was dropped and the group joined anew",
            ["cause"],
            registry=registry,
        )
        self.audited = Counter(
            "sextant_ledger_audited", "Links appended to the audit chain", ["action"], registry=registry
        )
        self.unreadable = Counter(
            "sextant_dead_letters", "Unreadable records kept aside", ["stage", "topic"], registry=registry
        ).labels("ledger", VECTORS)
        self._values = {
            name: Gauge(f"sextant_ledger_{name}", text, ["portfolio"], registry=registry)
            for name, text in _VALUES.items()
        }
        self._balances = Gauge(
            "sextant_ledger_balance",
            "What the books say that an account holds, in units of the asset",
            ["portfolio", "account", "asset"],
            registry=registry,
        )
        self._imbalance = Gauge(
            "sextant_ledger_trial_balance",
            "Sum over all accounts; anything but zero is broken",
            ["portfolio", "asset"],
            registry=registry,
        )

    def show(self, book: Book, worth: Valuation, day_start: float) -> None:
        """Show a portfolio as it was just said; `day_start` is its equity when the day began."""
        values = {
            "equity": worth.equity,
            "day_pnl": worth.equity - day_start,
            "realised_pnl": worth.realised,
            "unrealised_pnl": worth.unrealised,
            "commission": worth.commission,
            "gross_exposure": worth.gross,
            "net_exposure": worth.net,
        }
        for name, value in values.items():
            self._values[name].labels(book.portfolio).set(value)
        for (account, asset), amount in book.venue_balances().items():
            self._balances.labels(book.portfolio, account, asset).set(float(amount))
        for asset, total in book.trial_balance().items():
            self._imbalance.labels(book.portfolio, asset).set(float(total))

    def hide(self, portfolio: str) -> None:
        """Show a portfolio no more: another instance has its books."""
        for gauge in (*self._values.values(), self._balances, self._imbalance):
            gauge.remove_by_labels({"portfolio": portfolio})
