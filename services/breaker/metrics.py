"""Metrics of the breaker: the state of each scope as it was said last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.time import SECOND, Clock
from sextant.core.vocabulary import BreakerState
from sextant.runtime.stage import Output

#: States are said every 500 ms; an instance that has said none for so long does not hold the breakers any more.
_HOLDS_NS: Final = 5 * SECOND


class BreakerMetrics(Collector):
    """One object per process."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[str, tuple[BreakerState, int, int]] = {}
        registry.register(self)

    def observe(self, output: Output) -> None:
        """Take a state that was said."""
        breaker = output.value
        if isinstance(breaker, risk_pb2.Breaker):
            state = BreakerState(breaker.state)
            self._said[breaker.scope] = (state, breaker.epoch, self._clock.monotonic_ns())

    def collect(self) -> Iterable[Metric]:
        states = GaugeMetricFamily(
            "sextant_breaker_state", "1 for the state that a breaker is in", labels=["scope", "state"]
        )
        epochs = GaugeMetricFamily(
            "sextant_breaker_epoch", "Grows with every change of state", labels=["scope"]
        )
        now_ns = self._clock.monotonic_ns()
        for scope, (state, epoch, said_ns) in sorted(self._said.items()):
            if now_ns - said_ns > _HOLDS_NS:
                continue
            epochs.add_metric([scope], epoch)
            for each in BreakerState:
                states.add_metric([scope, each.name], float(each is state))
        return [states, epochs]
