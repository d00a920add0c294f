"""Panels of what markets say: venues, fixes, signals and intents, anomalies."""

from __future__ import annotations

from services.console.domain import text
from services.console.domain.facts import Spoken
from services.console.domain.panels import Cell, Panel, Row, Tone, side_tone
from services.console.domain.summary import FixState, Summary, VenueState
from sextant.core.time import MILLISECOND, SECOND

#: A status is said every second and looked at every few: after this long nobody speaks for the venue.
SILENT_NS = 20 * SECOND
#: Vectors come every bar: a fix that was not heard of for this long is old.
_OLD_NS = 5 * SECOND


def venues(summary: Summary) -> Panel:
    """A row a venue: streams that are live, frames, gaps, frames that could not be read, reconnects, its clock, its silence."""
    headings = ("VENUES", "live", "frames", "/s", "gaps", "bad", "reconn", "clock ms", "quiet")
    rows = tuple(_venue(venue, summary.now_ns) for venue in summary.venues)
    return Panel(headings, "lrrrrrrrr", rows, rank=2, side=0, least=3)


def _venue(venue: VenueState, now_ns: int) -> Row:
    if not venue.streams:
        return (Cell(venue.venue), Cell("no status", Tone.WARN))
    silent_ns = now_ns - venue.heard_ns
    if silent_ns > SILENT_NS:
        live = Cell(f"silent {text.age(silent_ns)}", Tone.BAD)
    else:
        live = Cell(f"{venue.live}/{venue.streams}", Tone.GOOD if venue.live == venue.streams else Tone.BAD)
    return (
        Cell(venue.venue),
        live,
        Cell(text.count(venue.frames)),
        Cell(f"{venue.frames_per_s:,.0f}"),
        _trouble(venue.gaps),
        _trouble(venue.refused),
        _trouble(venue.reconnects),
        Cell(_clock(venue)),
        Cell("-" if venue.quiet_ns is None else text.age(venue.quiet_ns)),
    )


def _trouble(number: int) -> Cell:
    return Cell(text.count(number), Tone.WARN if number else Tone.PLAIN)


def _clock(venue: VenueState) -> str:
    clock = venue.clock
    if clock is None:
        return "-"
    return f"{clock.offset_ns / MILLISECOND:+.1f}±{clock.uncertainty_ns / MILLISECOND:.1f}"


def fixes(summary: Summary) -> Panel:
    """A row an asset: the price venues agree on, and who does not take part."""
    headings = ("FIXES", "price", "dev bp", "venues", "quality", "heard", "not valid")
    rows = tuple(_fix(each, summary.now_ns) for each in sorted(summary.fixes, key=_asset_order))
    return Panel(headings, "lrrrlrl", rows, rank=3, side=0, least=1)


def _asset_order(state: FixState) -> tuple[bool, float]:
    """What is degraded comes first, then by price, so that rows do not jump."""
    return state.fix.quality == "GOOD", -state.fix.price


def _fix(state: FixState, now_ns: int) -> Row:
    fix = state.fix
    heard_ns = now_ns - fix.heard_ns
    return (
        Cell(fix.asset),
        Cell(f"{text.price(fix.price)} {fix.currency}"),
        Cell(f"{fix.deviation_bp:.2f}"),
        Cell(str(fix.venues)),
        Cell(fix.quality, Tone.GOOD if fix.quality == "GOOD" else Tone.BAD),
        Cell(text.age(heard_ns), Tone.WARN if heard_ns > _OLD_NS else Tone.DIM),
        Cell(_not_valid(state), Tone.WARN),
    )


def _not_valid(state: FixState) -> str:
    return ", ".join(f"{each.instrument.partition(':')[0]} {each.verdict}" for each in state.not_valid)


def spoken(summary: Summary) -> Panel:
    """The newest signals and intents, newest first."""
    headings = ("SIGNALS, INTENTS", "", "instrument", "side", "strength", "by")
    rows = tuple(_said(each) for each in summary.spoken[:12])
    return Panel(headings, "lllrrl", rows, rank=5, side=0, least=1)


def _said(said: Spoken) -> Row:
    return (
        Cell(text.clock(said.event_ns), Tone.DIM),
        Cell(said.kind),
        Cell(said.instrument),
        Cell(said.side, side_tone(said.side)),
        Cell(f"{said.strength:.2f}"),
        Cell(said.who, Tone.DIM),
    )


def anomalies(summary: Summary) -> Panel:
    """The newest anomalies, newest first."""
    rows = tuple(
        (
            Cell(text.clock(each.event_ns), Tone.DIM),
            Cell(each.instrument),
            Cell(each.verdict, Tone.WARN),
            Cell(each.detail, Tone.DIM),
        )
        for each in summary.anomalies
    )
    title = f"ANOMALIES {summary.counts['anomalies']:,}"
    return Panel((title, "instrument", "verdict", "detail"), "llll", rows, rank=13, side=0)
