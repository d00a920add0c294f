"""The report for people: key figures, latencies, refusals, invariants, and the verdict in one line."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sextant.demo.report.report import Report, failures

_KEPT, _BROKEN = "[green]✓[/]", "[red]✗[/]"


def render(report: Report) -> RenderableType:
    """Return what a terminal shows of a report."""
    tables = (_figures(report), _latencies(report), _invariants(report), _venues(report))
    return Group(Columns(tables, padding=(1, 4)), Text(), verdict(report))


def verdict(report: Report) -> Text:
    """Return one line that says how the run went, and what broke it where something did."""
    found = failures(report)
    if not found:
        filled = report.orders.get("FILLED", 0)
        told = f"all {len(report.invariants)} invariants hold; {filled} orders filled, {report.fills} fills"
        return Text(f"Nothing was lost, nothing was doubled: {told}.", style="bold green")
    lines = "\n".join(f"  {problem}" for problem in found)
    return Text(f"The run has failed, {len(found)} findings:\n{lines}", style="bold red")


def _table(title: str, *headers: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, show_header=bool(headers), pad_edge=False)
    for number, header in enumerate(headers or ("", "")):
        table.add_column(header, justify="right" if number else "left", no_wrap=True)
    return table


def _figures(report: Report) -> Table:
    table = _table(f"{report.mode} on {report.bus}, {report.seconds:g} s, seed {report.seed}")
    rows: dict[str, object] = {
        "fixes (degraded)": f"{report.fixes} ({report.degraded_fixes})",
        "consensus by": report.consensus_basis,
        "vectors": report.vectors,
        "signals": report.signals,
        "intents": report.intents,
        "approved": report.approved,
        "refused": _nonzero(report.refused),
        "orders": _nonzero(report.orders),
        "first order after": "-" if report.first_order_s is None else f"{report.first_order_s:.1f} s",
        "fills": report.fills,
        "entries": report.entries,
        "trial balance": _amounts(report.trial_balance),
        "drift": _drift(report),
        "dead letters": report.dead_letters,
        "memory, MB": report.rss_mb.get("total", "not measured"),
        "state": report.state_hash[:12],
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table


def _latencies(report: Report) -> Table:
    table = _table("latency, ms", "", "p50", "p99")
    for stage, quantiles in report.stage_ms.items():
        table.add_row(stage, _ms(quantiles["p50"]), _ms(quantiles["p99"]))
    table.add_row("tick to order", _ms(report.tick_to_order_ms["p50"]), _ms(report.tick_to_order_ms["p99"]))
    ratio = report.orders_traced_ratio
    table.add_row("orders traced", "no orders" if ratio is None else f"{ratio:.1%}", "")
    return table


def _invariants(report: Report) -> Table:
    table = _table("invariants")
    for name, holds in report.invariants.items():
        table.add_row(name.replace("_", " "), _KEPT if holds else _BROKEN)
    return table


def _venues(report: Report) -> Table:
    table = _table("venues", "", "frames", "events", "gaps", "reconnects")
    for name, counts in report.venues.items():
        table.add_row(name, *(str(counts[key]) for key in ("frames", "events", "gaps", "reconnects")))
    return table


def _nonzero(counts: Mapping[str, int]) -> str:
    told = [f"{count} {name.lower().replace('_', ' ')}" for name, count in counts.items() if count]
    return "\n".join(told) or "none"


def _amounts(amounts: Mapping[str, str]) -> str:
    wrong = [f"{asset} {text}" for asset, text in amounts.items() if Decimal(text)]
    return "\n".join(wrong) or f"zero in {len(amounts)} assets"


def _drift(report: Report) -> str:
    if report.venue_ledger_drift is None:
        return "not on paper"
    drift = report.venue_ledger_drift
    return _amounts({f"{venue} {asset}": text for venue in drift for asset, text in drift[venue].items()})


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
