"""The whole screen, and the one line that stands for it where there is no terminal."""

from __future__ import annotations

from services.console.domain import market_panels, order_panels, system_panels, text
from services.console.domain.order_panels import breaker_tone
from services.console.domain.orders import UNKNOWN
from services.console.domain.panels import Cell, Screen, Tone
from services.console.domain.picture import Picture


def build_screen(picture: Picture, now_ns: int) -> Screen:
    """Return what to show at `now_ns` of the console's wall clock."""
    return Screen(
        _top(picture, now_ns),
        (
            market_panels.venues(picture, now_ns),
            market_panels.fixes(picture, now_ns),
            market_panels.spoken(picture),
            order_panels.decisions(picture),
            order_panels.orders(picture),
            order_panels.working(picture, now_ns),
            order_panels.fills(picture),
            order_panels.portfolios(picture),
            order_panels.positions(picture),
            order_panels.balances(picture),
            order_panels.breakers(picture),
            system_panels.latency(picture, now_ns),
            system_panels.lag(picture),
            market_panels.anomalies(picture),
        ),
    )


def _top(picture: Picture, now_ns: int) -> tuple[Cell, ...]:
    good = sum(1 for fix in picture.fixes.values() if fix.quality == "GOOD")
    unknown = picture.orders.counts()[UNKNOWN]
    cells = [
        Cell("SEXTANT", Tone.TITLE),
        Cell(picture.title),
        Cell(f"{text.clock(now_ns)} UTC", Tone.DIM),
        Cell(f"up {text.age(now_ns - picture.started_ns)}", Tone.DIM),
        Cell(
            f"{good}/{len(picture.fixes)} fixes good", Tone.GOOD if good == len(picture.fixes) else Tone.WARN
        ),
        Cell(f"{unknown} UNKNOWN", Tone.ALARM if unknown else Tone.DIM),
    ]
    worst = _worst_breaker(picture)
    if worst:
        cells.append(Cell(f"breaker {worst}", breaker_tone(worst)))
    if picture.unreadable:
        cells.append(Cell(f"{picture.unreadable} records unreadable", Tone.ALARM))
    return tuple(cells)


def _worst_breaker(picture: Picture) -> str:
    states = {breaker.state for breaker in picture.breakers.values()}
    for state in ("OPEN", "HALF_OPEN", "CLOSED"):
        if state in states:
            return state
    return next(iter(states), "")


def status_line(picture: Picture, now_ns: int) -> str:
    """Return the state of everything in one line."""
    good = sum(1 for fix in picture.fixes.values() if fix.quality == "GOOD")
    heard = {stream.venue for stream in picture.streams.values() if _is_heard(stream.heard_ns, now_ns)}
    orders = {state.lower(): number for state, number in picture.orders.counts().items() if number}
    counts, refused = picture.counts, sum(picture.refused.values())
    whole = picture.tick_to_order.percentiles(now_ns)
    parts = [
        text.clock(now_ns),
        f"venues {len(heard)}/{len(picture.venues)}",
        f"fixes {good}/{len(picture.fixes)} good",
        f"vectors {counts['vectors']}",
        f"signals {counts['signals']}",
        f"intents {counts['intents']}",
        f"approved {counts['approved']}",
        f"refused {refused}" + _by_code(picture),
        f"orders {', '.join(f'{number} {state}' for state, number in orders.items()) or '0'}",
        f"fills {counts['fills']}",
        *(
            f"{each.name} {text.money(each.equity)} {each.currency} ({text.signed(each.equity - each.day_start_equity)} today)"
            for _, each in sorted(picture.portfolios.items())
        ),
        f"breaker {_worst_breaker(picture) or '-'}",
        f"tick to order p50 {text.milliseconds(whole.p50)} p99 {text.milliseconds(whole.p99)} ms"
        if whole
        else "tick to order -",
        f"lag {sum(each.records or 0 for each in picture.lags):,}",
    ]
    if picture.unreadable:
        parts.append(f"{picture.unreadable} records unreadable")
    return " | ".join(parts)


def _is_heard(heard_ns: int, now_ns: int) -> bool:
    return now_ns - heard_ns <= market_panels.SILENT_NS


def _by_code(picture: Picture) -> str:
    if not picture.refused:
        return ""
    return f" ({', '.join(f'{number} {code}' for code, number in picture.refused.most_common())})"
