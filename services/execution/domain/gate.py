"""Whether an order may be sent now: the last check before the venue is called. Closed is the answer to every doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.execution.domain.events import Closed, GateClosed, GateOpened
from services.execution.domain.halts import Halts, Level
from services.execution.domain.order import Terms
from sextant.core.scopes import GLOBAL, portfolio_scope
from sextant.core.time import SECOND
from sextant.core.vocabulary import BreakerState

#: Silence of the breakers, on our own monotonic clock, after which nothing is sent.
LONGEST_SILENCE_NS: Final = 2 * SECOND


@dataclass(frozen=True, slots=True)
class Breaker:
    """The newest state of one breaker. Epochs of all breakers come from one counter: the greatest names their joint state."""

    state: BreakerState
    epoch: int


@dataclass(slots=True)
class Circumstances:
    """What the gate looks at beside the order. `breakers_heard_ns` is monotonic, None before the first live record, also after standing still."""

    breakers: dict[str, Breaker] = field(default_factory=dict)
    breakers_heard_ns: int | None = None
    halts: Halts = field(default_factory=Halts)


def check(
    terms: Terms, seen: Circumstances, *, venue_ns: int, monotonic_ns: int, is_operators: bool = False
) -> GateOpened | GateClosed:
    """Return whether the order may be sent. `venue_ns` is our wall clock corrected to the venue's, and is what is recorded.

    An operator's closing order passes whatever the breakers say: it is the way out.
    """
    if is_operators:
        return GateOpened(venue_ns)
    checks = (
        (Closed.EXPIRED, _expired(terms, venue_ns)),
        (Closed.HALTED, _halted(terms, seen.halts)),
        (Closed.SILENT, _silent(seen, monotonic_ns)),
        (Closed.BREAKER, _broken(terms, seen.breakers)),
    )
    failed = next(((cause, reason) for cause, reason in checks if reason), None)
    return GateOpened(venue_ns) if failed is None else GateClosed(venue_ns, failed[1], failed[0])


def _expired(terms: Terms, venue_ns: int) -> str:
    late_ns = venue_ns - terms.valid_until_ns
    return f"approval expired {late_ns} ns ago" if late_ns > 0 else ""


def _halted(terms: Terms, halts: Halts) -> str:
    level = halts.level(terms.portfolio)
    if level is Level.FLAT or (level is Level.HALTED and not terms.is_reduce_only):
        return f"{level.value} by the operator"
    return ""


def _silent(seen: Circumstances, monotonic_ns: int) -> str:
    if seen.breakers_heard_ns is None:
        return "breakers were not heard yet"
    silence_ns = monotonic_ns - seen.breakers_heard_ns
    return f"breakers silent for {silence_ns} ns" if silence_ns > LONGEST_SILENCE_NS else ""


def _broken(terms: Terms, breakers: Mapping[str, Breaker]) -> str:
    scopes = (GLOBAL, portfolio_scope(terms.portfolio))
    missing = [scope for scope in scopes if scope not in breakers]
    if missing:
        return f"breaker {missing[0]} is not known"
    if terms.is_reduce_only:
        return ""
    for scope in scopes:
        if breakers[scope].state is BreakerState.OPEN:
            return f"breaker {scope} is open"
    epoch = max(breakers[scope].epoch for scope in scopes)
    if terms.breaker_epoch != epoch:
        return f"approved in breaker epoch {terms.breaker_epoch}, now {epoch}"
    return ""
