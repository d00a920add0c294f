"""Metrics of triangulation: names, meanings, labels."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.triangulation.domain.values import Change, Fix


class Metrics:
    """Counters and gauges of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._venues = Gauge(
            "sextant_fix_venues",
            "Independent venues that took part in the newest fix.",
            ["asset"],
            registry=registry,
        )
        self._deviation = Gauge(
            "sextant_fix_deviation_bp",
            "Median absolute deviation of the newest fix in basis points.",
            ["asset"],
            registry=registry,
        )
        self._good = Gauge(
            "sextant_fix_good",
            "1 when the newest fix has its quorum, 0 when it is degraded.",
            ["asset"],
            registry=registry,
        )
        self._anomalies = Counter(
            "sextant_anomalies",
            "Changes of verdict to or from something wrong.",
            ["verdict"],
            registry=registry,
        )
        self._numbers: dict[str, int] = {}

    def fix(self, asset: str, fix: Fix) -> None:
        """Show the newest fix of an asset; a fix that was shown before costs nothing."""
        if self._numbers.get(asset) == fix.number:
            return
        self._numbers[asset] = fix.number
        self._venues.labels(asset).set(fix.venues)
        self._deviation.labels(asset).set(fix.deviation_bp)
        self._good.labels(asset).set(1 if fix.is_good else 0)

    def anomaly(self, change: Change) -> None:
        """Count a change of verdict."""
        self._anomalies.labels(change.verdict.judgement.name).inc()
