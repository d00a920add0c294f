"""Metrics of risk: what was decided, and why not."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

from sextant.contracts.risk.v1 import risk_pb2
from sextant.runtime.stage import Output

_PREFIX = "REFUSAL_CODE_"


class RiskMetrics:
    """One object per process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._approved = Counter(
            "sextant_risk_approved", "Intents that were approved", ["portfolio"], registry=registry
        )
        self._refused = Counter(
            "sextant_risk_refused",
            "Intents that were refused, by the code of the first check that failed",
            ["portfolio", "code"],
            registry=registry,
        )

    def observe(self, output: Output) -> None:
        """Count a decision that was said."""
        decision = output.value
        if not isinstance(decision, risk_pb2.Decision):
            return
        portfolio = decision.intent.portfolio
        if decision.WhichOneof("outcome") == "approved":
            self._approved.labels(portfolio).inc()
        else:
            code = risk_pb2.RefusalCode.Name(decision.refused.code).removeprefix(_PREFIX)
            self._refused.labels(portfolio, code).inc()
