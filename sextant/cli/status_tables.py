"""The picture of the operator API as tables for people."""

from __future__ import annotations

from typing import Final

import typer

from sextant.cli.printing import print_table
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.operator.v1 import picture_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.words import name_of
from sextant.core.time import iso

#: Longest list of orders that is printed; --json has them all.
_MOST_ORDERS: Final = 20


def print_picture(picture: picture_pb2.Picture) -> None:
    """Print everything that an operator looks at first, a table each; what is empty is left out."""
    caught_up = "" if picture.is_caught_up else ", still reading: not all is there yet"
    typer.echo(f"{picture.mode} at {iso(picture.state_time.ToNanoseconds())}{caught_up}")
    for title, table in (
        ("venues", _venues),
        ("fixes", _fixes),
        ("orders", _orders),
        ("working orders", _working),
        ("portfolios", _portfolios),
        ("positions", _positions),
        ("breakers", _breakers),
        ("refusals", _refusals),
        ("latency, ms over the last minute", _latency),
        ("lag, records", _lag),
    ):
        columns, numbers, rows = table(picture)
        if rows:
            typer.echo(f"\n{title}")
            print_table(columns, rows, numbers=numbers)


_Table = tuple[tuple[str, ...], tuple[str, ...], list[list[str]]]


def _venues(picture: picture_pb2.Picture) -> _Table:
    columns = ("venue", "live", "frames", "frames/s", "gaps", "refused", "reconnects", "clock ms", "heard")
    rows = [
        [
            each.venue,
            f"{each.live_streams}/{each.streams}",
            f"{each.frames:,}",
            f"{each.frames_per_second:,.0f}",
            f"{each.gaps:,}",
            f"{each.refused_frames:,}",
            f"{each.reconnects:,}",
            f"{each.clock.offset_ns / 1e6:+.1f}" if each.HasField("clock") else "-",
            _age(picture, each.heard_time.ToNanoseconds()),
        ]
        for each in picture.venues
    ]
    return columns, columns[1:], rows


def _fixes(picture: picture_pb2.Picture) -> _Table:
    columns = ("asset", "price", "in", "deviation bp", "venues", "quality", "not valid")
    rows = [
        [
            each.asset,
            f"{each.price:,.8g}",
            each.currency,
            f"{each.deviation_bp:.2f}",
            str(each.venues),
            name_of(validated_pb2.FixQuality, each.quality, "FIX_QUALITY_"),
            ", ".join(
                f"{verdict.instrument.partition(':')[0]} {_verdict(verdict.verdict)}"
                for verdict in each.not_valid
            ),
        ]
        for each in picture.fixes
    ]
    return columns, ("price", "deviation bp", "venues"), rows


def _orders(picture: picture_pb2.Picture) -> _Table:
    counts = {_order_state(each.state): each.count for each in picture.order_counts}
    shown = [(state, count) for state, count in counts.items() if count]
    columns = tuple(state for state, _ in shown)
    return columns, columns, [[f"{count:,}" for _, count in shown]] if shown else []


def _working(picture: picture_pb2.Picture) -> _Table:
    columns = ("order", "state", "instrument", "side", "filled", "of", "at", "changed", "reason")
    rows = [
        [
            each.order_id,
            _order_state(each.state),
            each.instrument,
            _side(each.side),
            each.filled_quantity.value or "0",
            each.quantity.value,
            each.limit_price.value or "market",
            _age(picture, each.change_time.ToNanoseconds()),
            each.reason,
        ]
        for each in picture.working_orders[:_MOST_ORDERS]
    ]
    return columns, ("filled", "of", "at", "changed"), rows


def _portfolios(picture: picture_pb2.Picture) -> _Table:
    columns = ("portfolio", "equity", "today", "realised", "unrealised", "commission", "entries", "in")
    rows = [
        [
            each.portfolio,
            f"{each.equity:,.2f}",
            f"{each.equity - each.day_start_equity:+,.2f}",
            f"{each.realised_pnl:+,.2f}",
            f"{each.unrealised_pnl:+,.2f}",
            f"{each.commission_paid:,.2f}",
            f"{each.entries:,}",
            each.currency,
        ]
        for each in picture.portfolios
    ]
    return columns, columns[1:-1], rows


def _positions(picture: picture_pb2.Picture) -> _Table:
    columns = ("portfolio", "instrument", "quantity", "entry", "mark")
    rows = [
        [
            portfolio.portfolio,
            each.instrument,
            each.quantity.value,
            f"{each.entry_price:,.8g}",
            f"{each.mark_price:,.8g}",
        ]
        for portfolio in picture.portfolios
        for each in portfolio.positions
        if each.quantity.value.strip("-0.")
    ]
    return columns, columns[2:], rows


def _breakers(picture: picture_pb2.Picture) -> _Table:
    rows = [
        [each.scope, name_of(risk_pb2.BreakerState, each.state, "BREAKER_STATE_"), each.cause]
        for each in picture.breakers
    ]
    return ("scope", "state", "cause"), (), rows


def _refusals(picture: picture_pb2.Picture) -> _Table:
    rows = [
        [name_of(risk_pb2.RefusalCode, each.code, "REFUSAL_CODE_"), f"{each.count:,}"]
        for each in picture.refusals
    ]
    return ("code", "count"), ("count",), rows


def _latency(picture: picture_pb2.Picture) -> _Table:
    columns = ("stage", "wait p50", "wait p99", "work p50", "work p99", "of")
    rows = [
        [each.stage, *_pair(each.wait), *_pair(each.work), f"{each.work.count:,}"] for each in picture.stages
    ]
    if picture.HasField("tick_to_order"):
        whole = picture.tick_to_order
        rows.append(
            ["tick to order", "", "", f"{whole.p50_ms:.2f}", f"{whole.p99_ms:.2f}", f"{whole.count:,}"]
        )
    return columns, columns[1:], rows


def _pair(found: picture_pb2.Percentiles) -> tuple[str, str]:
    return (f"{found.p50_ms:.2f}", f"{found.p99_ms:.2f}") if found.count else ("-", "-")


def _lag(picture: picture_pb2.Picture) -> _Table:
    rows = [[each.group, f"{each.records:,}" if each.HasField("records") else "-"] for each in picture.lags]
    return ("group", "records"), ("records",), rows


def _age(picture: picture_pb2.Picture, ns: int) -> str:
    return f"{(picture.state_time.ToNanoseconds() - ns) / 1e9:.1f} s" if ns else "never"


def _order_state(number: int) -> str:
    return name_of(execution_pb2.OrderState, number, "ORDER_STATE_")


def _verdict(number: int) -> str:
    return name_of(validated_pb2.VenueVerdict, number, "VENUE_VERDICT_")


def _side(number: int) -> str:
    return name_of(values_pb2.Side, number, "SIDE_")
