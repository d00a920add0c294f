"""Execution's metrics. Names are stable; labels are names of accounts and assets, states, and words of closed lists."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.execution.domain.events import Closed
from services.execution.domain.order import State
from sextant.runtime.halted import halted_gauge
from sextant.telemetry.latency import LATENCY, TickAge

#: How a call of a venue may end; what the gate stopped is counted under the gate's word.
ACCEPTED, REJECTED, UNCERTAIN = "accepted", "rejected", "uncertain"


class ExecutionMetrics:
    """One object per process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._state_of_orders(registry)
        self._way_of_orders(registry)
        self._accounts(registry)
        self.tick_age = TickAge(registry, "execution")
        self.fenced = Counter(
            "sextant_execution_fenced", "Times that another instance had taken a portfolio", registry=registry
        )
        self.halted = halted_gauge(registry, "execution")
        self.published = Counter(
            "sextant_execution_published", "Records published from the outbox", ["topic"], registry=registry
        )
        self.outbox = Gauge(
            "sextant_execution_outbox_pending",
            "Journalled records that the log has not acknowledged",
            ["partition"],
            registry=registry,
        )

    def _state_of_orders(self, registry: CollectorRegistry) -> None:
        self.orders = Counter(
            "sextant_execution_orders", "Changes of state of orders", ["state"], registry=registry
        )
        self.open_orders = Gauge(
            "sextant_execution_open_orders",
            "Orders that are not final, by state",
            ["state"],
            registry=registry,
        )
        for state in State:
            self.orders.labels(state.name)
            if not state.is_final:
                self.open_orders.labels(state.name)
        self.unknown_age = Gauge(
            "sextant_execution_unknown_age_seconds",
            "How long the oldest order of unknown state has been asked for",
            registry=registry,
        )
        self.fills = Counter("sextant_execution_fills", "Fills that were new", ["account"], registry=registry)

    def _way_of_orders(self, registry: CollectorRegistry) -> None:
        self.ways = Counter(
            "sextant_execution_ways",
            "Orders by how their way to the venue ended: accepted, rejected, uncertain, or why the gate was closed",
            ["result"],
            registry=registry,
        )
        for result in (ACCEPTED, REJECTED, UNCERTAIN, *Closed):
            self.ways.labels(result)
        self.submit_seconds = Histogram(
            "sextant_execution_submit_seconds",
            "From the call to the venue's reply",
            ["account"],
            buckets=LATENCY,
            registry=registry,
        )
        self.journal_seconds = Histogram(
            "sextant_execution_journal_seconds",
            "One write of the journal",
            buckets=LATENCY,
            registry=registry,
        )
        self.silence = Gauge(
            "sextant_execution_breakers_silence_seconds",
            "How long nothing was heard of the breakers; nothing is sent after 2 s",
            registry=registry,
        )

    def _accounts(self, registry: CollectorRegistry) -> None:
        self.reconciled = Gauge(
            "sextant_execution_reconciled",
            "1 while the account was compared with its venue since there was last a cause to, 0 until the venue answers",
            ["account"],
            registry=registry,
        )
        self.drift = Gauge(
            "sextant_execution_drift",
            "Venue's balance less opening and journalled fills, in units of the asset; anything but zero is unexplained",
            ["account", "asset"],
            registry=registry,
        )
        self.foreign = Counter(
            "sextant_execution_foreign_reports",
            "Reports about orders that the journal does not know",
            ["account"],
            registry=registry,
        )
        self.contradictions = Counter(
            "sextant_execution_contradictions",
            "Facts of a venue that cannot be true together",
            ["account"],
            registry=registry,
        )
        self.reconnects = Counter(
            "sextant_execution_stream_reconnects",
            "Times a venue's report stream came up",
            ["account"],
            registry=registry,
        )

    def expect(self, accounts: Iterable[str]) -> None:
        """Show what these accounts count from zero on: the first of anything must be seen as a change."""
        for account in accounts:
            for counter in (self.foreign, self.contradictions, self.reconnects, self.fills):
                counter.labels(account)
