"""Puts triangulation together: settings to rules, handler to worker."""

from __future__ import annotations

from services.triangulation.domain.values import Rules
from services.triangulation.handler import CLOCKS, INSTRUMENTS, TriangulationHandler
from services.triangulation.metrics import Metrics
from sextant.core.time import MILLISECOND
from sextant.runtime.service import Resources, Service
from sextant.runtime.settings.platform import Independence, Platform
from sextant.runtime.stage import StageSpec
from sextant.runtime.worker import Worker


def build(resources: Resources) -> Service:
    """Return triangulation as a service."""
    return Worker(resources, triangulation_stage(resources.platform, Metrics(resources.metrics)))


def triangulation_stage(platform: Platform, metrics: Metrics | None = None) -> StageSpec:
    """Return triangulation as a stage: any bus, or none."""
    rules = rules_of(platform)
    return StageSpec(
        name="triangulation",
        input="market.events.v1",
        make=lambda partition: TriangulationHandler(rules, metrics),
        sides=(INSTRUMENTS, CLOCKS),
        observe=None if metrics is None else metrics.observe,
    )


def rules_of(platform: Platform) -> Rules:
    """Return the domain's rules from the platform's settings."""
    settings = platform.triangulation
    return Rules(
        currency=settings.currency,
        quorum=settings.quorum,
        is_one_voice_per_operator=settings.independence is Independence.OPERATOR,
        fresh_ns=settings.fresh_ms * MILLISECOND,
        outlier_bp=settings.outlier_bp,
        outlier_deviations=settings.outlier_deviations,
        fixed_rates={asset: float(rate) for asset, rate in settings.fixed_rates.items()},
        weights={name: venue.weight for name, venue in platform.venues.items()},
        operators={name: venue.operator for name, venue in platform.venues.items()},
    )
