"""Metrics of triangulation: what is held of venues and fixes is read from the states when it is scraped, so that a record pays nothing for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol
from weakref import WeakSet

from prometheus_client import CollectorRegistry
from prometheus_client import Counter as CounterMetric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from services.triangulation.domain.triangulator import Memory
from sextant.contracts.market.v1 import validated_pb2
from sextant.core.instruments import split_instrument
from sextant.core.vocabulary import Judgement
from sextant.runtime.stage import Output

_JUDGEMENTS = tuple(each for each in Judgement if each is not Judgement.UNSPECIFIED)


class Judging(Protocol):
    """Whoever holds the state of a partition."""

    @property
    def memory(self) -> Memory: ...


class Metrics(Collector):
    """One object per process. A partition that is held no more is shown no more: its state is let go of."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._judging: WeakSet[Judging] = WeakSet()
        self._anomalies = CounterMetric(
            "sextant_anomalies",
            "Changes of verdict to or from something wrong, by the verdict after",
            ["venue", "verdict"],
            registry=registry,
        )
        registry.register(self)

    def watch(self, judging: Judging) -> None:
        """Show what this state holds for as long as it lives."""
        self._judging.add(judging)

    def observe(self, output: Output) -> None:
        """Count an anomaly that was said."""
        if isinstance(output.value, validated_pb2.Anomaly):
            venue, verdict = split_instrument(output.value.instrument)[0], Judgement(output.value.verdict)
            self._anomalies.labels(venue, verdict.name).inc()

    def collect(self) -> Iterable[Metric]:
        venues = GaugeMetricFamily(
            "sextant_fix_venues",
            "Independent venues that took part in the newest fix",
            labels=["asset"],
        )
        deviation = GaugeMetricFamily(
            "sextant_fix_deviation_bp",
            "Median absolute deviation of the newest fix in basis points",
            labels=["asset"],
        )
        good = GaugeMetricFamily(
            "sextant_fix_good",
            "1 when the newest fix has its quorum, 0 when it is degraded",
            labels=["asset"],
        )
        judged = GaugeMetricFamily(
            "sextant_venue_instruments",
            "Instruments of a venue by what is held of them now",
            labels=["venue", "verdict"],
        )
        counts: Counter[tuple[str, Judgement]] = Counter()
        for judging in list(self._judging):
            for name, asset in judging.memory.assets.items():
                counts.update((book.listing.venue, book.judgement) for book in asset.books.values())
                if asset.fix is not None:
                    venues.add_metric([name], asset.fix.venues)
                    deviation.add_metric([name], asset.fix.deviation_bp)
                    good.add_metric([name], float(asset.fix.is_good))
        for venue in sorted({venue for venue, _ in counts}):
            for judgement in _JUDGEMENTS:
                judged.add_metric([venue, judgement.name], counts[venue, judgement])
        return [venues, deviation, good, judged]
