"""Panels of what markets say: venues, fixes, signals and intents, anomalies."""

from __future__ import annotations

from services.console.domain import text
from services.console.domain.facts import Fix, Spoken, Stream
from services.console.domain.panels import Cell, Panel, Row, Tone, side_tone
from services.console.domain.picture import Picture
from sextant.core.time import MILLISECOND, SECOND

#: A status is said every second and looked at every few: after this long nobody speaks for the venue.
SILENT_NS = 20 * SECOND
#: Vectors come every bar: a fix that was not heard of for this long is old.
_OLD_NS = 5 * SECOND


def venues(picture: Picture, now_ns: int) -> Panel:
    """A row a venue: streams that are live, frames, gaps, frames that could not be read, reconnects, its clock, its silence."""
    headings = ("VENUES", "live", "frames", "/s", "gaps", "bad", "reconn", "clock ms", "quiet")
    rows = tuple(_venue(picture, venue, now_ns) for venue in picture.venues)
    return Panel(headings, "lrrrrrrrr", rows, rank=2, side=0, least=3)


def _venue(picture: Picture, venue: str, now_ns: int) -> Row:
    streams = [stream for stream in picture.streams.values() if stream.venue == venue]
    if not streams:
        return (Cell(venue), Cell("no status", Tone.WARN))
    heard = max(stream.heard_ns for stream in streams)
    live = sum(1 for stream in streams if stream.status == "LIVE")
    counts = [count for (owner, _), count in picture.connections.items() if owner == venue]
    gaps, refused = sum(each.gaps for each in counts), sum(each.refused for each in counts)
    reconnects = sum(each.reconnects for each in counts)
    if now_ns - heard > SILENT_NS:
        live_cell = Cell(f"silent {text.age(now_ns - heard)}", Tone.BAD)
    else:
        live_cell = Cell(f"{live}/{len(streams)}", Tone.GOOD if live == len(streams) else Tone.BAD)
    return (
        Cell(venue),
        live_cell,
        Cell(text.count(sum(each.frames for each in counts))),
        Cell(f"{sum(each.frames_per_s for each in counts):,.0f}"),
        _trouble(gaps),
        _trouble(refused),
        _trouble(reconnects),
        Cell(_clock(picture, venue)),
        Cell(_quiet(streams)),
    )


def _trouble(number: int) -> Cell:
    return Cell(text.count(number), Tone.WARN if number else Tone.PLAIN)


def _clock(picture: Picture, venue: str) -> str:
    clock = picture.clocks.get(venue)
    if clock is None:
        return "-"
    return f"{clock.offset_ns / MILLISECOND:+.1f}±{clock.uncertainty_ns / MILLISECOND:.1f}"


def _quiet(streams: list[Stream]) -> str:
    """Return how old the venue's newest frame was when it last spoke of itself."""
    ages = [stream.said_ns - stream.last_frame_ns for stream in streams if stream.last_frame_ns]
    return text.age(min(ages)) if ages else "-"


def fixes(picture: Picture, now_ns: int) -> Panel:
    """A row an asset: the price venues agree on, and who does not take part."""
    headings = ("FIXES", "price", "dev bp", "venues", "quality", "heard", "not valid")
    rows = tuple(_fix(picture, fix, now_ns) for _, fix in sorted(picture.fixes.items(), key=_asset_order))
    return Panel(headings, "lrrrlrl", rows, rank=3, side=0, least=1)


def _asset_order(item: tuple[str, Fix]) -> tuple[bool, float]:
    """What is degraded comes first, then by price, so that rows do not jump."""
    return item[1].quality == "GOOD", -item[1].price


def _fix(picture: Picture, fix: Fix, now_ns: int) -> Row:
    heard_ns = now_ns - fix.heard_ns
    return (
        Cell(fix.asset),
        Cell(f"{text.price(fix.price)} {fix.currency}"),
        Cell(f"{fix.deviation_bp:.2f}"),
        Cell(str(fix.venues)),
        Cell(fix.quality, Tone.GOOD if fix.quality == "GOOD" else Tone.BAD),
        Cell(text.age(heard_ns), Tone.WARN if heard_ns > _OLD_NS else Tone.DIM),
        Cell(_not_valid(picture, fix.asset), Tone.WARN),
    )


def _not_valid(picture: Picture, asset: str) -> str:
    found = [
        f"{name.partition(':')[0]} {verdict.verdict}"
        for name, verdict in sorted(picture.verdicts.items())
        if verdict.verdict != "VALID" and _base(name) == asset
    ]
    return ", ".join(found)


def _base(instrument: str) -> str:
    return instrument.partition(":")[2].partition("/")[0]


def spoken(picture: Picture) -> Panel:
    """The newest signals and intents, newest first."""
    headings = ("SIGNALS, INTENTS", "", "instrument", "side", "strength", "by")
    newest = sorted([*picture.signals, *picture.intents], key=lambda each: -each.event_ns)
    rows = tuple(_said(each) for each in newest[:12])
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


def anomalies(picture: Picture) -> Panel:
    """The newest anomalies, newest first."""
    rows = tuple(
        (
            Cell(text.clock(each.event_ns), Tone.DIM),
            Cell(each.instrument),
            Cell(each.verdict, Tone.WARN),
            Cell(each.detail, Tone.DIM),
        )
        for each in reversed(picture.anomalies)
    )
    title = f"ANOMALIES {picture.counts['anomalies']:,}"
    return Panel((title, "instrument", "verdict", "detail"), "llll", rows, rank=13, side=0)
