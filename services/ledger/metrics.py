"""Metrics of the ledger."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class LedgerMetrics:
    """What the ledger counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.entries = Counter(
            "sextant_ledger_entries", "Entries booked for the first time", ["portfolio"], registry=registry
        )
        self.duplicates = Counter(
            "sextant_ledger_duplicates",
            "Bookings that were there already and changed nothing",
            registry=registry,
        )
        self.halted = Gauge(
            "sextant_ledger_halted_partitions", "Partitions that wait for somebody to look", registry=registry
        )
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
            "sextant_ledger_unreadable", "Feature vectors that were kept aside unread", registry=registry
        )
        self.equity = Gauge(
            "sextant_ledger_equity", "Equity in the portfolio's currency", ["portfolio"], registry=registry
        )
        self.realised = Gauge(
            "sextant_ledger_realised_pnl",
            "Realised profit and loss before commissions",
            ["portfolio"],
            registry=registry,
        )
        self.commission = Gauge(
            "sextant_ledger_commission", "Commission paid", ["portfolio"], registry=registry
        )
        self.imbalance = Gauge(
            "sextant_ledger_trial_balance",
            "Sum over all accounts; anything but zero is broken",
            ["portfolio", "asset"],
            registry=registry,
        )
