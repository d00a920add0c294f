"""Metrics of a process's spans."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class SpanMetrics:
    """One object per process; names are stable."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.exported = Counter("sextant_spans_exported", "Spans that left the process", registry=registry)
        self.dropped = Counter(
            "sextant_spans_dropped", "Spans for which the queue had no room", registry=registry
        )
        self.refused = Counter(
            "sextant_spans_refused",
            "Spans that the collector refused for good: look at its address, our rights there, its size limit",
            registry=registry,
        )
        self.late = Counter(
            "sextant_spans_late",
            "Spans that had not left when what they tell of was committed: a crash would have lost them",
            registry=registry,
        )
