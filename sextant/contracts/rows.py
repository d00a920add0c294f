"""A columnar batch as rows: the order in which they arrived, real decimals, names instead of numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from google.protobuf.message import Message

from sextant.contracts.market.v1 import events_pb2
from sextant.core.decimals import to_text
from sextant.core.errors import InvalidValue
from sextant.core.time import iso

_TABLES: Final = ("trades", "quotes", "depth", "candles", "values", "statuses", "liquidations")
#: Suffix of a column -> the table's field that holds its power of ten.
_SCALES: Final = {"price": "price_exponent", "quantity": "quantity_exponent", "volume": "quantity_exponent"}
_CANDLE_PRICES: Final = frozenset({"open", "high", "low", "close"})
_NAMES: Final[dict[str, dict[int, Any]]] = {
    "taker_side": {1: "buy", 2: "sell"},
    "level_side": {1: "bid", 2: "ask"},
    "is_snapshot": {0: False, 1: True},
    "is_closed": {0: False, 1: True},
    "kind": {value: name.removeprefix("VALUE_KIND_") for name, value in events_pb2.ValueKind.items()},
    "status": {value: name.removeprefix("STREAM_STATUS_") for name, value in events_pb2.StreamStatus.items()},
}
_LEVELS: Final = ("level_side", "level_price", "level_quantity")


def batch_rows(batch: events_pb2.EventBatch) -> list[dict[str, Any]]:
    """Return the rows of all tables by arrival. Raises InvalidValue naming a column whose length does not fit its table."""
    rows: list[tuple[int, dict[str, Any]]] = []
    for name in _TABLES:
        if batch.HasField(name):
            rows.extend(_rows(name, getattr(batch, name)))
    return [row for _, row in sorted(rows, key=lambda item: item[0])]


def _rows(name: str, table: Any) -> list[tuple[int, dict[str, Any]]]:
    columns = {field.name: values for field, values in table.ListFields() if field.is_repeated}
    arrivals = columns.pop("arrival", [])
    levels = {column: columns.pop(column, []) for column in _LEVELS}
    counts = columns.pop("level_count", [0] * len(arrivals))
    for column, values in {**columns, "level_count": counts}.items():
        if len(values) != len(arrivals):
            raise InvalidValue(f"{name}.{column}", f"{len(values)} rows", f"{len(arrivals)} rows or none")
    rows, at = [], 0
    for number, arrival in enumerate(arrivals):
        row = {"table": name} | {
            column.removesuffix("_ns"): _cell(table, column, values[number])
            for column, values in columns.items()
        }
        if name == "depth":
            row["levels"] = _levels(table, levels, at, counts[number])
            at += counts[number]
        rows.append((arrival, row))
    return rows


def _levels(table: Message, columns: dict[str, Any], at: int, count: int) -> list[list[Any]]:
    if any(len(columns[column]) < at + count for column in _LEVELS):
        raise InvalidValue(
            "depth.level_price", f"{len(columns['level_price'])} levels", f"at least {at + count}"
        )
    return [
        [_cell(table, column, columns[column][place]) for column in _LEVELS]
        for place in range(at, at + count)
    ]


def _cell(table: Message, column: str, value: int) -> Any:
    if column in _NAMES:
        return _NAMES[column].get(value, value)
    if column.endswith("time_ns"):
        return iso(value) if value else None
    exponent = _exponent(table, column)
    return value if exponent is None else to_text(Decimal(value).scaleb(exponent))


def _exponent(table: Any, column: str) -> int | None:
    if column in _CANDLE_PRICES:
        return int(table.price_exponent)
    if column == "value":
        return int(table.value_exponent)
    field = _SCALES.get(column.rpartition("_")[2])
    return None if field is None else int(getattr(table, field))
