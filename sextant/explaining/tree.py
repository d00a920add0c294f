"""An explanation as a tree for people and as plain data for programs."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from sextant.core.time import iso
from sextant.explaining.values import Explanation, Step, Timed

_NAME, _PLACE, _TIME, _LATENCY = 22, 34, 17, 14


def explanation_tree(explanation: Explanation, jaeger: str = "") -> Tree:
    """Return the tree: a branch a step, with its place in the log, its time and its latencies.

    `jaeger` is the address of Jaeger's pages, where the trace is looked at; without it the trace is told by its id.
    """
    title, trace = Text(explanation.title, style="bold"), trace_url(explanation, jaeger)
    lines = [title, Text(explanation.summary)]
    if explanation.trace_id:
        lines.append(Text.assemble(("trace ", "dim"), trace or explanation.trace_id))
    tree = Tree(Group(*lines, _heading()), guide_style="dim")
    for timed in explanation.steps:
        branch = tree.add(_head(timed))
        for part in _body(timed.step):
            branch.add(part)
    return tree


def trace_url(explanation: Explanation, jaeger: str) -> str:
    """Return where Jaeger shows the trace; empty without a trace or an address."""
    return f"{jaeger.rstrip('/')}/trace/{explanation.trace_id}" if jaeger and explanation.trace_id else ""


def explanation_data(explanation: Explanation, jaeger: str = "") -> dict[str, Any]:
    """Return the same as plain data; times in ISO 8601, latencies in ms."""
    kind, _, name = explanation.title.partition(" ")
    return {
        kind: name,
        "trace": explanation.trace_id or None,
        "trace_url": trace_url(explanation, jaeger) or None,
        "summary": explanation.summary,
        "steps": [_step_data(timed) for timed in explanation.steps],
    }


def _step_data(timed: Timed) -> dict[str, Any]:
    step = timed.step
    return {
        "step": step.name,
        "stage": step.stage,
        "position": step.at.place if step.at else None,
        "begin": iso(step.begin_ns) if step.begin_ns else None,
        "end": iso(step.end_ns) if step.end_ns else None,
        "waited_ms": _ms(timed.waited_ns),
        "took_ms": _ms(timed.took_ns),
        "total_ms": _ms(timed.total_ns),
        "facts": dict(step.facts),
        "rows": [dict(zip(step.columns, row, strict=True)) for row in step.rows],
        "problem": step.problem or None,
    }


def _ms(ns: int | None) -> float | None:
    return None if ns is None else round(ns / 1e6, 3)


def _heading() -> Text:
    # The heading stands on the root, four columns to the left of the branches.
    cells = f"{'':<{_NAME + 4}}{'position':<{_PLACE}}{'ended':<{_TIME}}"
    return Text(cells + "".join(f"{name:>{_LATENCY}}" for name in ("waited", "took", "total")), style="dim")


def _head(timed: Timed) -> Text:
    step = timed.step
    text = Text(f"{step.name:<{_NAME}}", style="bold cyan")
    text.append(f"{step.at.place if step.at else '-':<{_PLACE}}", style="default not bold")
    text.append(f"{_clock(step.end_ns):<{_TIME}}", style="default not bold")
    for ns in (timed.waited_ns, timed.took_ns, timed.total_ns):
        text.append(f"{_latency(ns):>{_LATENCY}}", style="green not bold")
    return text


def _body(step: Step) -> list[RenderableType]:
    parts: list[RenderableType] = []
    width = max((len(label) for label, _ in step.facts), default=0)
    for label, value in step.facts:
        parts.append(Text.assemble((f"{label:<{width}}  ", "dim"), value))
    if step.rows:
        table = Table(*step.columns, box=None, pad_edge=False, header_style="dim")
        for row in step.rows:
            table.add_row(*(Text(cell, style="red" if cell == "FAILED" else "") for cell in row))
        parts.append(Padding(table, (0, 0, 0, 0), expand=False))
    if step.problem:
        parts.append(Text(step.problem, style="yellow"))
    return parts


def _clock(ns: int) -> str:
    return iso(ns)[11:26] if ns else "-"


def _latency(ns: int | None) -> str:
    return "-" if ns is None else f"{ns / 1e6:.3f} ms"
