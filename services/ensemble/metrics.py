"""Metrics of the ensemble."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

from sextant.contracts.strategies.v1 import intents_pb2
from sextant.core.instruments import Side
from sextant.runtime.stage import Output


class EnsembleMetrics:
    """One object per process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._intents = Counter(
            "sextant_ensemble_intents",
            "Intents by portfolio and side",
            ["portfolio", "side"],
            registry=registry,
        )

    def observe(self, output: Output) -> None:
        """Count an intent that was said."""
        if isinstance(output.value, intents_pb2.Intent):
            self._intents.labels(output.value.portfolio, Side(output.value.side).name).inc()
