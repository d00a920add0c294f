"""Metrics of the console."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class ConsoleMetrics:
    """What the operator API counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "sextant_console_calls",
            "Calls of the operator API that have ended, by method and gRPC code",
            ["method", "code"],
            registry=registry,
        )
        self.unauthenticated = Counter(
            "sextant_console_unauthenticated",
            "Calls without the operators' token, which were refused unread",
            registry=registry,
        )
        self.watchers = Gauge(
            "sextant_console_watchers", "Streams of changes that are open", registry=registry
        )
        self.watchers_dropped = Counter(
            "sextant_console_watchers_dropped",
            "Streams that were ended for being too slow",
            registry=registry,
        )
