"""Exporting from a run that has no event loop: the sink and exporter of a service, on a thread beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from sextant.telemetry.batching import BatchingSink
from sextant.telemetry.metrics import SpanMetrics
from sextant.telemetry.spans import HttpExporter


class Exported:
    """A sink that exports while the run goes on, and how many spans it had to drop."""

    def __init__(self, endpoint: str) -> None:
        self._registry = CollectorRegistry()
        self.sink = BatchingSink(HttpExporter(endpoint), SpanMetrics(self._registry))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="spans")

    @property
    def lost(self) -> int:
        """How many spans were dropped because the queue was full, or refused."""
        names = ("sextant_spans_dropped_total", "sextant_spans_refused_total")
        return int(sum(self._registry.get_sample_value(name) or 0 for name in names))

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Export what is left, then end."""
        self._loop.call_soon_threadsafe(self.sink.close)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self.sink.run())


@contextmanager
def exporting(endpoint: str) -> Iterator[Exported]:
    """Export to an OTLP/HTTP endpoint until the block ends."""
    exported = Exported(endpoint)
    exported.start()
    try:
        yield exported
    finally:
        exported.close()
