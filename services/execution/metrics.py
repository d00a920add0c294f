"""Execution's metrics. Names are stable."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LATENCY = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class ExecutionMetrics:
    """One object per process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.orders = Counter(
            "sextant_execution_orders", "Changes of state of orders", ["state"], registry=registry
        )
        self.active = Gauge("sextant_execution_active_orders", "Orders that are not final", registry=registry)
        self.unknown = Gauge(
            "sextant_execution_unknown_orders", "Orders whose state nobody knows", registry=registry
        )
        self.unknown_age = Gauge(
            "sextant_execution_unknown_age_seconds",
            "How long the oldest order of unknown state has been asked for",
            registry=registry,
        )
        self.fills = Counter("sextant_execution_fills", "Fills that were new", ["account"], registry=registry)
        self.submit_seconds = Histogram(
            "sextant_execution_submit_seconds",
            "From the call to the venue's reply",
            ["account"],
            buckets=_LATENCY,
            registry=registry,
        )
        self.journal_seconds = Histogram(
            "sextant_execution_journal_seconds",
            "One write of the journal",
            buckets=_LATENCY,
            registry=registry,
        )
        self.gate_closed = Counter(
            "sextant_execution_gate_closed", "Orders that did not pass the gate", registry=registry
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
        self.fenced = Counter(
            "sextant_execution_fenced", "Times that another instance had taken a portfolio", registry=registry
        )
        self.halted = Gauge(
            "sextant_execution_halted_partitions",
            "Partitions that wait for somebody to look",
            registry=registry,
        )
        self.published = Counter(
            "sextant_execution_published", "Records published from the outbox", ["topic"], registry=registry
        )
        self.outbox = Gauge(
            "sextant_execution_outbox_pending",
            "Journalled records that the log has not acknowledged",
            ["partition"],
            registry=registry,
        )
        self.reconnects = Counter(
            "sextant_execution_stream_reconnects",
            "Times a venue's report stream came up",
            ["account"],
            registry=registry,
        )
