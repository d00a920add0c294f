"""How long the event loop is held: a service whose loop lags answers nothing in time."""

from __future__ import annotations

import asyncio
import time

from prometheus_client import CollectorRegistry, Histogram

_INTERVAL_S = 0.25
_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)


class LoopMetrics:
    """One object per process."""

    def __init__(self, registry: CollectorRegistry, stage: str) -> None:
        self.lag = Histogram(
            "sextant_loop_lag_seconds",
            "How late the event loop fires a timer",
            ["stage"],
            buckets=_BUCKETS,
            registry=registry,
        ).labels(stage)


async def watch_loop(metrics: LoopMetrics) -> None:
    """Observe how late a timer fires, until cancelled."""
    while True:
        due = time.monotonic() + _INTERVAL_S
        await asyncio.sleep(_INTERVAL_S)
        metrics.lag.observe(max(0.0, time.monotonic() - due))
