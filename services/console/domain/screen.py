"""The whole screen, and the one line that stands for it where there is no terminal."""

from __future__ import annotations

from services.console.domain import market_panels, order_panels, system_panels, text
from services.console.domain.order_panels import breaker_tone
from services.console.domain.orders import UNKNOWN
from services.console.domain.panels import Cell, Screen, Tone
from services.console.domain.summary import Summary


def build_screen(summary: Summary) -> Screen:
    """Return what to show of a moment."""
    return Screen(
        _top(summary),
        (
            market_panels.venues(summary),
            market_panels.fixes(summary),
            market_panels.spoken(summary),
            order_panels.decisions(summary),
            order_panels.orders(summary),
            order_panels.working(summary),
            order_panels.fills(summary),
            order_panels.portfolios(summary),
            order_panels.positions(summary),
            order_panels.balances(summary),
            order_panels.breakers(summary),
            system_panels.latency(summary),
            system_panels.lag(summary),
            market_panels.anomalies(summary),
        ),
    )


def _top(summary: Summary) -> tuple[Cell, ...]:
    now_ns = summary.now_ns
    good = sum(1 for each in summary.fixes if each.fix.quality == "GOOD")
    unknown = summary.orders[UNKNOWN]
    cells = [
        Cell("SEXTANT", Tone.TITLE),
        Cell(summary.title),
        Cell(f"{text.clock(now_ns)} UTC", Tone.DIM),
        Cell(f"up {text.age(now_ns - summary.started_ns)}", Tone.DIM),
        Cell(
            f"{good}/{len(summary.fixes)} fixes good", Tone.GOOD if good == len(summary.fixes) else Tone.WARN
        ),
        Cell(f"{unknown} UNKNOWN", Tone.ALARM if unknown else Tone.DIM),
    ]
    worst = _worst_breaker(summary)
    if worst:
        cells.append(Cell(f"breaker {worst}", breaker_tone(worst)))
    if summary.unreadable:
        cells.append(Cell(f"{summary.unreadable} records unreadable", Tone.ALARM))
    return tuple(cells)


def _worst_breaker(summary: Summary) -> str:
    states = {breaker.state for breaker in summary.breakers}
    for state in ("OPEN", "HALF_OPEN", "CLOSED"):
        if state in states:
            return state
    return next(iter(states), "")


def status_line(summary: Summary) -> str:
    """Return the state of everything in one line."""
    now_ns = summary.now_ns
    good = sum(1 for each in summary.fixes if each.fix.quality == "GOOD")
    heard = sum(
        1 for each in summary.venues if each.streams and now_ns - each.heard_ns <= market_panels.SILENT_NS
    )
    orders = {state.lower(): number for state, number in summary.orders.items() if number}
    counts, refused = summary.counts, sum(number for _, number in summary.refused)
    whole = summary.tick_to_order
    parts = [
        text.clock(now_ns),
        f"venues {heard}/{len(summary.venues)}",
        f"fixes {good}/{len(summary.fixes)} good",
        f"vectors {counts['vectors']}",
        f"signals {counts['signals']}",
        f"intents {counts['intents']}",
        f"approved {counts['approved']}",
        f"refused {refused}" + _by_code(summary),
        f"orders {', '.join(f'{number} {state}' for state, number in orders.items()) or '0'}",
        f"fills {counts['fills']}",
        *(
            f"{each.name} {text.money(each.equity)} {each.currency} ({text.signed(each.equity - each.day_start_equity)} today)"
            for each in summary.portfolios
        ),
        f"breaker {_worst_breaker(summary) or '-'}",
        f"tick to order p50 {text.milliseconds(whole.p50)} p99 {text.milliseconds(whole.p99)} ms"
        if whole
        else "tick to order -",
        f"lag {sum(each.records or 0 for each in summary.lags):,}",
    ]
    if summary.unreadable:
        parts.append(f"{summary.unreadable} records unreadable")
    return " | ".join(parts)


def _by_code(summary: Summary) -> str:
    if not summary.refused:
        return ""
    return f" ({', '.join(f'{number} {code}' for code, number in summary.refused)})"
