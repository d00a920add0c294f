"""Metrics of features: names, meanings, labels."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class Metrics:
    """Counters of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._bars = Counter("sextant_bars_closed", "Bars closed, of history and live.", registry=registry)
        self._late = Counter(
            "sextant_trades_late",
            "Trades that came after their bar had closed and were left out.",
            registry=registry,
        )

    def observed(self, bars: int, late: int) -> None:
        """Count what one record closed and what it brought too late."""
        if bars:
            self._bars.inc(bars)
        if late:
            self._late.inc(late)
