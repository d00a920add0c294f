"""Composes the ensemble from the platform's settings."""

from __future__ import annotations

from dataclasses import replace

from services.ensemble.domain.votes import Rules
from services.ensemble.handler import INSTRUMENTS, EnsembleHandler, Voters
from services.ensemble.metrics import EnsembleMetrics
from sextant.core.time import MILLISECOND
from sextant.runtime.service import Resources, Service
from sextant.runtime.settings import Platform
from sextant.runtime.stage import StageSpec
from sextant.runtime.worker import Worker


def ensemble_stage(platform: Platform) -> StageSpec:
    """Return the stage. Holdings are no business of the vote (risk refuses what cannot be reduced): it reads no portfolios."""
    settings = platform.ensemble
    rules = Rules(settings.minimum_confidence, settings.conflict_veto, settings.minimum_edge_to_cost)
    voters = voters_of(platform)
    return StageSpec(
        name="ensemble",
        input="strategies.signals.v1",
        make=lambda partition: EnsembleHandler(voters, rules, settings.intent_valid_ms * MILLISECOND),
        sides=(INSTRUMENTS,),
        layout=2,  # an opinion remembers its signal's identity
    )


def voters_of(platform: Platform) -> tuple[Voters, ...]:
    """Return who votes for each portfolio, and at which venues it can trade."""
    return tuple(
        Voters(
            name,
            {strategy: platform.strategies[strategy].weight for strategy in portfolio.strategies},
            frozenset(each.venue for each in platform.venue_accounts.values() if each.portfolio == name),
        )
        for name, portfolio in sorted(platform.portfolios.items())
    )


def build(resources: Resources) -> Service:
    """Return the service that runs the stage over the bus."""
    stage = ensemble_stage(resources.platform)
    return Worker(resources, replace(stage, observe=EnsembleMetrics(resources.metrics).observe))
