"""Where a fused run's market comes from: the port that the run loop drives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from topologies.fused.execution import VenueAccess
from topologies.fused.ingest import VenueIngest


class MarketSource(Protocol):
    """Venues that move with the virtual clock."""

    ingests: Sequence[VenueIngest]
    accounts: Mapping[str, VenueAccess]
    #: How often ingest states the venues' clocks, ns.
    clock_period_ns: int

    def start(self) -> None:
        """Open connections; instruments were published before."""

    def next_ns(self) -> int | None:
        """Return the instant up to which the next step goes; None when the market has ended."""

    def step(self) -> None:
        """Let everything come that is due by now, the clock stands at next_ns()."""

    def stop(self) -> None:
        """Close connections."""
