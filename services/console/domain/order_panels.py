"""Panels of what the platform does with money: decisions, orders, fills, portfolios, positions, balances, breakers."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from services.console.domain import text
from services.console.domain.facts import Portfolio, Position
from services.console.domain.orders import STATES, UNKNOWN, Order
from services.console.domain.panels import Cell, Panel, Row, Tone, plain, side_tone, sign_tone
from services.console.domain.summary import Summary

_SHORT = {"PARTIALLY_FILLED": "PART", "CANCELLED": "CANCEL", "REJECTED": "REJ", "NOT_SENT": "UNSENT"}


def decisions(summary: Summary) -> Panel:
    """Approvals, and refusals by code with the newest example of each."""
    rows: list[Row] = [
        (Cell("approved", Tone.GOOD), Cell(text.count(summary.counts["approved"])), Cell(""), Cell(""))
    ]
    newest = {each.code: each for each in reversed(summary.decisions)}
    for code, number in summary.refused:
        last = newest.get(code)
        words = (last.instrument, last.detail) if last else ("", "")
        rows.append((Cell(code, Tone.WARN), Cell(text.count(number)), *plain(*words)))
    refused = sum(number for _, number in summary.refused)
    title = f"DECISIONS {summary.counts['approved'] + refused:,}"
    return Panel((title, "count", "last", "value against limit"), "lrll", tuple(rows), rank=4, side=0)


def orders(summary: Summary) -> Panel:
    """How many orders are in each state."""
    counts = summary.orders
    row = (Cell(text.count(sum(counts.values()))), *(_state(state, counts[state]) for state in STATES))
    headings = ("ORDERS", *(_SHORT.get(state, state) for state in STATES))
    return Panel(headings, "lrrrrrrrr", (row,), rank=0, side=1)


def _state(state: str, number: int) -> Cell:
    if state == UNKNOWN and number:
        return Cell(text.count(number), Tone.ALARM)
    if state == "REJECTED" and number:
        return Cell(text.count(number), Tone.WARN)
    return Cell(text.count(number), Tone.PLAIN if number else Tone.DIM)


def working(summary: Summary) -> Panel:
    """Orders that have not ended: those whose outcome nobody knows first."""
    found = summary.working
    rows = tuple(_working(order, summary.now_ns) for order in found)
    headings = ("WORKING", "state", "instrument", "side", "filled", "of", "at", "since")
    is_unsure = bool(found) and found[0].state == UNKNOWN
    return Panel(headings, "lllrrrrr", rows, rank=0 if is_unsure else 10, side=1)


def _working(order: Order, now_ns: int) -> Row:
    tone = Tone.ALARM if order.state == UNKNOWN else Tone.PLAIN
    return (
        Cell(order.order_id[:8], tone),
        Cell(_SHORT.get(order.state, order.state), tone),
        Cell(order.instrument, tone),
        Cell(order.side, side_tone(order.side)),
        Cell(text.exact(order.filled)),
        Cell(text.exact(order.quantity)),
        Cell(text.exact(order.price) or "market"),
        Cell(text.age(now_ns - order.changed_ns), Tone.DIM),
    )


def fills(summary: Summary) -> Panel:
    """The newest fills, newest first."""
    rows = tuple(
        (
            Cell(text.clock(each.exchange_ns), Tone.DIM),
            Cell(each.instrument),
            Cell(each.side, side_tone(each.side)),
            *plain(text.exact(each.quantity), text.exact(each.price)),
            Cell(f"{each.commission} {each.commission_asset}".strip(), Tone.DIM),
        )
        for each in summary.fills
    )
    title = f"FILLS {summary.counts['fills']:,}"
    return Panel((title, "instrument", "side", "quantity", "price", "fee"), "llrrrl", rows, rank=9, side=0)


def portfolios(summary: Summary) -> Panel:
    """Equity and profit of each portfolio, in its currency; "open" is the unrealised profit."""
    rows = tuple(_portfolio(each) for each in summary.portfolios)
    headings = ("PORTFOLIOS", "equity", "today", "realised", "open", "fees", "entries", "in")
    return Panel(headings, "lrrrrrrl", rows, rank=1, side=1)


def _portfolio(portfolio: Portfolio) -> Row:
    day = portfolio.equity - portfolio.day_start_equity
    return (
        Cell(portfolio.name),
        Cell(text.money(portfolio.equity)),
        Cell(text.signed(day), sign_tone(day)),
        Cell(text.signed(portfolio.realised), sign_tone(portfolio.realised)),
        Cell(text.signed(portfolio.unrealised), sign_tone(portfolio.unrealised)),
        Cell(text.money(portfolio.commission)),
        Cell(text.count(portfolio.entries)),
        Cell(portfolio.currency, Tone.DIM),
    )


def breaker_tone(state: str) -> Tone:
    return {"CLOSED": Tone.GOOD, "HALF_OPEN": Tone.WARN}.get(state, Tone.ALARM)


def breakers(summary: Summary) -> Panel:
    """State and cause of every breaker, those that are not closed first."""
    found = sorted(summary.breakers, key=lambda each: (each.state == "CLOSED", each.scope))
    rows = tuple(
        (Cell(each.scope), Cell(each.state, breaker_tone(each.state)), Cell(each.cause)) for each in found
    )
    is_open = bool(found) and found[0].state != "CLOSED"
    return Panel(("BREAKERS", "state", "cause"), "lll", rows, rank=1 if is_open else 11, side=1)


def positions(summary: Summary) -> Panel:
    """Positions that are not flat, the largest first."""
    found = [
        (abs(_value(position)), portfolio.name, position)
        for portfolio in summary.portfolios
        for position in portfolio.positions
        if _number(position.quantity)
    ]
    rows = tuple(_position(name, position) for _, name, position in sorted(found, key=lambda item: -item[0]))
    headings = ("POSITIONS", "quantity", "entry", "mark", "profit", "of")
    return Panel(headings, "lrrrrl", rows, rank=6, side=1)


def _position(portfolio: str, position: Position) -> Row:
    profit = _profit(position)
    return (
        Cell(position.instrument),
        Cell(text.exact(position.quantity)),
        Cell(text.price(position.entry_price)),
        Cell(text.price(position.mark_price) if position.mark_price else "-"),
        Cell("-") if profit is None else Cell(text.signed(profit), sign_tone(profit)),
        Cell(portfolio, Tone.DIM),
    )


def _profit(position: Position) -> float | None:
    """Return the unrealised profit in quote units; None without a mark, and on inverse contracts, whose profit is not linear."""
    symbol = position.instrument.partition(":")[2]
    pair, _, settle = symbol.partition(":")
    if not position.mark_price or (settle and settle == pair.partition("/")[0]):
        return None
    return float(_number(position.quantity)) * (position.mark_price - position.entry_price)


def _value(position: Position) -> float:
    return float(_number(position.quantity)) * (position.mark_price or position.entry_price)


def balances(summary: Summary) -> Panel:
    """What each venue account holds."""
    rows: list[Row] = []
    for portfolio in summary.portfolios:
        for account in dict.fromkeys(balance.account for balance in portfolio.balances):
            held = ", ".join(
                f"{text.exact(each.amount)} {each.asset}"
                for each in sorted(portfolio.balances, key=lambda each: (len(each.asset) < 4, each.asset))
                if each.account == account and _number(each.amount)
            )
            rows.append((Cell(account), Cell(held)))
    return Panel(("BALANCES", ""), "ll", tuple(rows), rank=12, side=1)


def _number(exact: str) -> Decimal:
    try:
        return Decimal(exact or "0")
    except InvalidOperation:
        return Decimal(0)
