"""Panels of the platform itself: latency by stage, lag by group."""

from __future__ import annotations

from services.console.domain import text
from services.console.domain.panels import Cell, Panel, Row, Tone
from services.console.domain.summary import Summary
from services.console.domain.windows import Percentiles

_PER_ROW = 4
#: A group that is farther behind than this is not just between two commits.
_BEHIND = 1_000


def latency(summary: Summary) -> Panel:
    """Percentiles over the last minute, ms: waiting is from the stage before to the read, working from the read to the write."""
    whole = summary.tick_to_order
    rows: list[Row] = [(Cell("tick to order"), Cell(""), Cell(""), *_pair(whole), _count(whole))]
    for times in summary.stages:
        rows.append((Cell(times.stage), *_pair(times.wait), *_pair(times.work), _count(times.work)))
    headings = ("LATENCY ms", "wait p50", "p99", "work p50", "p99", "of")
    return Panel(headings, "lrrrrr", tuple(rows), rank=7, side=1)


def _pair(found: Percentiles | None) -> Row:
    if found is None:
        return (Cell("-", Tone.DIM), Cell("-", Tone.DIM))
    return (Cell(text.milliseconds(found.p50)), Cell(text.milliseconds(found.p99)))


def _count(found: Percentiles | None) -> Cell:
    return Cell(text.count(found.count) if found else "0", Tone.DIM)


def lag(summary: Summary) -> Panel:
    """Records that each consumer group has not committed, the farthest behind first."""
    ordered = sorted(summary.lags, key=lambda each: (each.records is None, -(each.records or 0), each.group))
    cells = [
        Cell(f"{each.group} -", Tone.DIM)
        if each.records is None
        else Cell(
            f"{each.group} {text.count(each.records)}", Tone.WARN if each.records > _BEHIND else Tone.PLAIN
        )
        for each in ordered
    ]
    rows = tuple(tuple(cells[at : at + _PER_ROW]) for at in range(0, len(cells), _PER_ROW))
    total = sum(each.records or 0 for each in summary.lags)
    return Panel((f"LAG {text.count(total)}", "", "", ""), "llll", rows, rank=8, side=1)
