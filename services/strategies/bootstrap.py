"""Puts strategies together: configuration to plug-ins, handler to worker."""

from __future__ import annotations

from dataclasses import replace

from services.strategies.handler import StrategiesHandler
from services.strategies.host import Hosted
from services.strategies.metrics import StrategiesMetrics
from services.strategies.plugins import BUILT_IN
from sextant.runtime.service import Resources, Service
from sextant.runtime.settings.platform import Platform
from sextant.runtime.stage import StageSpec
from sextant.runtime.worker import Worker
from sextant.sdk import PluginInvalid, catalogue
from sextant.sdk.plugins import Plugins


def build(resources: Resources) -> Service:
    """Return strategies as a service."""
    stage = strategies_stage(resources.platform)
    return Worker(resources, replace(stage, observe=StrategiesMetrics(resources.metrics).observe))


def strategies_stage(platform: Platform, plugins: Plugins | None = None) -> StageSpec:
    """Return strategies as a stage: any bus, or none.

    Raises PluginInvalid when a configured strategy cannot be found, its parameters do not fit, or it needs a feature that the
    platform's settings do not compute.
    """
    hosted = hosted_strategies(platform, plugins or Plugins(BUILT_IN))
    return StageSpec(
        name="strategies", input="features.vectors.v1", make=lambda partition: StrategiesHandler(hosted)
    )


def hosted_strategies(platform: Platform, plugins: Plugins) -> tuple[Hosted, ...]:
    """Return the configured strategies. The objects are shared by all partitions: what changes lives in memories."""
    features = platform.features
    available = catalogue.available(features.ema, features.rsi, features.volatility_bars)
    hosted = []
    for name, settings in platform.strategies.items():
        strategy = plugins.make(settings.plugin, settings.parameters)
        for feature in strategy.needs():
            if feature not in available:
                expected = f"a feature that the settings of features compute: {', '.join(sorted(available))}"
                raise PluginInvalid(settings.plugin, "", f"a need of {feature}", expected)
        hosted.append(Hosted(name, strategy, settings.instruments))
    return tuple(hosted)
