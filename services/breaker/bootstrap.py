"""Composes the breaker from the platform's settings and the operators' key."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from services.breaker.domain.breakers import Breakers
from services.breaker.handler import PORTFOLIOS, BreakerHandler
from services.breaker.metrics import BreakerMetrics
from sextant.core.time import MILLISECOND
from sextant.runtime.operator_keys import read_operator_keys
from sextant.runtime.service import Resources, Service
from sextant.runtime.settings import Platform
from sextant.runtime.stage import StageSpec
from sextant.runtime.worker import Worker

#: Time between two statements of every breaker.
STATEMENT_NS: Final = 500 * MILLISECOND


def breaker_stage(platform: Platform, operator_key: bytes | None = None) -> StageSpec:
    """Return the stage. `operator_key` verifies commands; without one they are all refused and counted."""
    trial_ns = platform.breaker.trial_ms * MILLISECOND
    losses = {name: each.limits.maximum_daily_loss for name, each in platform.portfolios.items()}
    return StageSpec(
        name="breaker",
        input="control.commands.v1",
        make=lambda partition: BreakerHandler(Breakers(losses, trial_ns), operator_key),
        sides=(PORTFOLIOS,),
        timer_ns=STATEMENT_NS,
    )


def build(resources: Resources) -> Service:
    """Return the service that runs the stage over the bus. Raises SettingsInvalid when the operators' secret cannot be used."""
    file = resources.process.operator_token_file
    key = None if file is None else read_operator_keys(file).command_key
    metrics = BreakerMetrics(resources.metrics, resources.clock)
    return Worker(resources, replace(breaker_stage(resources.platform, key), observe=metrics.observe))
