"""Puts features together: settings to periods, handler to worker."""

from __future__ import annotations

from services.features.domain.catalogue import Periods
from services.features.domain.risk import Sizing
from services.features.handler import INSTRUMENTS, FeaturesHandler, Plan
from services.features.metrics import Metrics
from sextant.core.time import MILLISECOND
from sextant.runtime.service import Resources, Service
from sextant.runtime.settings.platform import Platform
from sextant.runtime.stage import StageSpec
from sextant.runtime.worker import Worker


def build(resources: Resources) -> Service:
    """Return features as a service."""
    return Worker(resources, features_stage(resources.platform, Metrics(resources.metrics)))


def features_stage(platform: Platform, metrics: Metrics | None = None) -> StageSpec:
    """Return features as a stage: any bus, or none."""
    settings = platform.features
    periods = Periods(settings.ema, settings.rsi, settings.volatility_bars)
    sizing = Sizing(settings.reference_volatility, settings.smallest_size)
    plan = Plan(settings.bar_ms * MILLISECOND, settings.lateness_ms * MILLISECOND, periods, sizing)
    return StageSpec(
        name="features",
        input="market.validated.v1",
        make=lambda partition: FeaturesHandler(plan, metrics),
        sides=(INSTRUMENTS,),
    )
