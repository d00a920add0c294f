"""How old a tick is where something came of it: one histogram with the same buckets in every stage, with the traces of orders as exemplars."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Histogram

from sextant.core.time import SECOND

#: Bounds of every latency that is compared between stages, s. One second is the objective of tick to order.
LATENCY: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class TickAge:
    """One object per process."""

    def __init__(self, registry: CollectorRegistry, stage: str) -> None:
        self._seconds = Histogram(
            "sextant_tick_age_seconds",
            "From ingest's receipt of the frame to the moment at which what a stage made of it was acknowledged, or a venue called",
            ["stage"],
            buckets=LATENCY,
            registry=registry,
        ).labels(stage)

    def observe(self, from_ns: int, to_ns: int, trace_id: bytes = b"") -> None:
        """Take one way of a tick, in ns of wall clocks; what two machines' clocks make negative counts as zero."""
        self._seconds.observe(max(0, to_ns - from_ns) / SECOND, exemplar_of(trace_id))


def exemplar_of(trace_id: bytes) -> dict[str, str] | None:
    """Return the exemplar that leads to a trace; None where there is none."""
    return {"trace_id": trace_id.hex()} if trace_id else None
