"""A venue account as execution uses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sextant.venues.port import OrderVenue, VenueFill, VenueOrder

#: Calls to one account under way at a time; more wait their turn before the gate looks at its clock.
CALLS_IN_FLIGHT: Final = 16


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `venue_ns` is our wall clock corrected to the venue's (on paper: the market's own time), ns.

    `restore` gives a venue of this process its past: every fill since the opening, oldest first, and the orders that are open. None:
    the venue keeps its own.
    """

    name: str
    portfolio: str
    venue_name: str
    quote: str
    opening: Mapping[str, Decimal]
    venue: OrderVenue
    venue_ns: Callable[[], int]
    restore: Callable[[Sequence[VenueFill], Sequence[VenueOrder]], None] | None = None
    calls: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CALLS_IN_FLIGHT))
