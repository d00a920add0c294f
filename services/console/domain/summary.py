"""The picture at one moment, ready to be shown here or sent elsewhere: every screen and every answer is made of one of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.console.domain.facts import (
    Anomaly,
    Breaker,
    Decided,
    Filled,
    Fix,
    GroupLag,
    Portfolio,
    Spoken,
    VenueClock,
    Verdict,
)
from services.console.domain.orders import Order
from services.console.domain.picture import Picture
from services.console.domain.windows import Percentiles

#: In the order in which data flows.
FLOW: Final = (
    *("ingest", "triangulation", "features", "strategies", "ensemble"),
    *("risk", "execution", "ledger"),
)
#: What is counted of what is read.
COUNTED: Final = ("vectors", "signals", "intents", "approved", "fills", "entries", "anomalies")
#: Working orders that are shown; how many there are, the counts say.
MOST_WORKING: Final = 200


@dataclass(frozen=True, slots=True)
class VenueState:
    """One venue over all its connections. `heard_ns` is 0 while nobody has spoken for it; `quiet_ns` None without frames."""

    venue: str
    streams: int = 0
    live: int = 0
    heard_ns: int = 0
    frames: int = 0
    frames_per_s: float = 0.0
    gaps: int = 0
    refused: int = 0
    reconnects: int = 0
    clock: VenueClock | None = None
    quiet_ns: int | None = None


@dataclass(frozen=True, slots=True)
class FixState:
    """A fix, and the instruments of its asset that do not take part."""

    fix: Fix
    not_valid: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Percentiles of one stage over the last minute, ms; None without measurements."""

    stage: str
    wait: Percentiles | None
    work: Percentiles | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that can be shown at `now_ns` of the console's wall clock. What was last said is newest first."""

    title: str
    now_ns: int
    started_ns: int
    is_caught_up: bool
    venues: tuple[VenueState, ...]
    fixes: tuple[FixState, ...]
    spoken: tuple[Spoken, ...]
    decisions: tuple[Decided, ...]
    refused: tuple[tuple[str, int], ...]
    orders: Mapping[str, int]
    working: tuple[Order, ...]
    fills: tuple[Filled, ...]
    portfolios: tuple[Portfolio, ...]
    breakers: tuple[Breaker, ...]
    stages: tuple[StageTimes, ...]
    tick_to_order: Percentiles | None
    lags: tuple[GroupLag, ...]
    anomalies: tuple[Anomaly, ...]
    counts: Mapping[str, int]
    unreadable: int


def summarise(picture: Picture, now_ns: int) -> Summary:
    """Return the picture as it is at `now_ns`, with nothing in it that changes later."""
    return Summary(
        title=picture.title,
        now_ns=now_ns,
        started_ns=picture.started_ns,
        is_caught_up=picture.is_caught_up,
        venues=tuple(_venue(picture, venue) for venue in picture.venues),
        fixes=tuple(_fix(picture, fix) for _, fix in sorted(picture.fixes.items())),
        spoken=tuple(sorted([*picture.signals, *picture.intents], key=lambda each: -each.event_ns)),
        decisions=tuple(reversed(picture.decisions)),
        refused=tuple(picture.refused.most_common()),
        orders=picture.orders.counts(),
        working=tuple(picture.orders.working()[:MOST_WORKING]),
        fills=tuple(reversed(picture.fills)),
        portfolios=tuple(each for _, each in sorted(picture.portfolios.items())),
        breakers=tuple(each for _, each in sorted(picture.breakers.items())),
        stages=tuple(_stage(picture, stage, now_ns) for stage in FLOW if stage in picture.latency),
        tick_to_order=picture.tick_to_order.percentiles(now_ns),
        lags=picture.lags,
        anomalies=tuple(reversed(picture.anomalies)),
        counts={name: picture.counts[name] for name in COUNTED},
        unreadable=picture.unreadable,
    )


def _venue(picture: Picture, venue: str) -> VenueState:
    streams = [stream for stream in picture.streams.values() if stream.venue == venue]
    if not streams:
        return VenueState(venue, clock=picture.clocks.get(venue))
    counts = [count for (owner, _), count in picture.connections.items() if owner == venue]
    ages = [stream.said_ns - stream.last_frame_ns for stream in streams if stream.last_frame_ns]
    return VenueState(
        venue=venue,
        streams=len(streams),
        live=sum(1 for stream in streams if stream.status == "LIVE"),
        heard_ns=max(stream.heard_ns for stream in streams),
        frames=sum(each.frames for each in counts),
        frames_per_s=sum(each.frames_per_s for each in counts),
        gaps=sum(each.gaps for each in counts),
        refused=sum(each.refused for each in counts),
        reconnects=sum(each.reconnects for each in counts),
        clock=picture.clocks.get(venue),
        quiet_ns=min(ages) if ages else None,
    )


def _fix(picture: Picture, fix: Fix) -> FixState:
    return FixState(
        fix,
        tuple(
            verdict
            for name, verdict in sorted(picture.verdicts.items())
            if verdict.verdict != "VALID" and _base(name) == fix.asset
        ),
    )


def _base(instrument: str) -> str:
    return instrument.partition(":")[2].partition("/")[0]


def _stage(picture: Picture, stage: str, now_ns: int) -> StageTimes:
    times = picture.latency[stage]
    return StageTimes(stage, times.wait.percentiles(now_ns), times.work.percentiles(now_ns))
