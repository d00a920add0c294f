"""What a dashboard is: rows of panels, each with its queries. Plain data, so that tests can ask Prometheus every query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum


class Unit(Enum):
    """What a panel's values are; the values are Grafana's ids of units."""

    COUNT = "short"
    SECONDS = "s"
    BYTES = "bytes"
    PER_SECOND = "cps"
    RATIO = "percentunit"
    BASIS_POINTS = "none"
    MONEY = "currencyUSD"
    TIME_AGO = "dateTimeFromNow"
    FLAG = "bool_on_off"


class Kind(Enum):
    """How a panel shows its values."""

    GRAPH = "timeseries"
    NUMBER = "stat"


@dataclass(frozen=True, slots=True)
class Query:
    """A query and the name of its series; `has_exemplars` shows the traces of orders on it."""

    expr: str
    legend: str = ""
    has_exemplars: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One question and its answer. `says` is what a reader should know; `width` is of 24 columns, `bad_above` colours what is above it."""

    title: str
    queries: tuple[Query, ...]
    unit: Unit = Unit.COUNT
    kind: Kind = Kind.GRAPH
    says: str = ""
    width: int = 8
    bad_above: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. `name` is its file's and its uid's; it never changes, because people link to it."""

    name: str
    title: str
    says: str
    rows: tuple[Row, ...] = field(default=())

    def panels(self) -> Iterator[Panel]:
        """Yield every panel."""
        for row in self.rows:
            yield from row.panels


def graph(
    title: str,
    *queries: tuple[str, str],
    unit: Unit = Unit.COUNT,
    says: str = "",
    width: int = 8,
    exemplars: bool = False,
) -> Panel:
    """Return a panel of lines over time; each query is (expression, name of its series)."""
    made = tuple(Query(expr, legend, has_exemplars=exemplars) for expr, legend in queries)
    return Panel(title, made, unit, Kind.GRAPH, says, width)


def number(
    title: str,
    expr: str,
    *,
    unit: Unit = Unit.COUNT,
    says: str = "",
    legend: str = "",
    width: int = 4,
    bad_above: float | None = None,
) -> Panel:
    """Return a panel of one number, or one for each series."""
    return Panel(title, (Query(expr, legend),), unit, Kind.NUMBER, says, width, bad_above)


def or_zero(expr: str) -> str:
    """Return a query that says zero where nothing has been counted yet: an empty panel looks like a broken one."""
    return f"{expr} or vector(0)"
