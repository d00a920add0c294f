"""The pure stages as consumers."""

from __future__ import annotations

from services.breaker.bootstrap import breaker_stage
from services.ensemble.bootstrap import ensemble_stage
from services.features.bootstrap import features_stage
from services.risk.bootstrap import risk_stage
from services.strategies.bootstrap import strategies_stage
from services.triangulation.bootstrap import triangulation_stage
from sextant.contracts.examples.control import OPERATOR_KEY
from sextant.runtime.stage import StageSpec
from tests.contract.consumers import Adapter, platform, stage


def specs() -> dict[str, StageSpec]:
    """Return every pure stage as the shipped configuration makes it."""
    settings = platform()
    return {
        "triangulation": triangulation_stage(settings),
        "features": features_stage(settings),
        "strategies": strategies_stage(settings),
        "ensemble": ensemble_stage(settings),
        "risk": risk_stage(settings, OPERATOR_KEY),
        "breaker": breaker_stage(settings, OPERATOR_KEY),
    }


PURE: dict[str, Adapter] = {name: stage(spec) for name, spec in specs().items()}
