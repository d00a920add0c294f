"""What a bus counts by itself, shown beside the metrics of the service that uses it."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge


class LogMetrics:
    """One object per process; `delete_failures` is asked when metrics are scraped."""

    def __init__(self, registry: CollectorRegistry, delete_failures: Callable[[], int] = int) -> None:
        self.delete_failures = Gauge(
            "sextant_log_delete_failures",
            "Requests to let go of old records that the log refused or did not answer since the start: what is not needed is kept",
            registry=registry,
        )
        self.delete_failures.set_function(delete_failures)
