"""Metrics of strategies."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

from sextant.contracts.strategies.v1 import signals_pb2
from sextant.core.instruments import Side
from sextant.runtime.stage import Output


class StrategiesMetrics:
    """One object per process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._signals = Counter(
            "sextant_strategies_signals",
            "Signals by strategy and side",
            ["strategy", "side"],
            registry=registry,
        )

    def observe(self, output: Output) -> None:
        """Count a signal that was said."""
        if isinstance(output.value, signals_pb2.Signal):
            self._signals.labels(output.value.strategy, Side(output.value.side).name).inc()
