"""The events that both codecs carry, as flat tuples of integers at the instrument's scale."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from benchmarks.common.tapes import Tape
from benchmarks.ingest.paths import OurPath
from sextant.contracts.columns import column, open_batch

TRADE = ("exchange_time_ns", "receive_time_ns", "price", "quantity", "taker_side", "trade_id")
QUOTE = (
    *("exchange_time_ns", "receive_time_ns"),
    *("bid_price", "bid_quantity", "ask_price", "ask_quantity", "update_id"),
)
DEPTH = (
    *("exchange_time_ns", "receive_time_ns", "first_update_id", "last_update_id"),
    *("best_bid_price", "best_bid_quantity", "best_ask_price", "best_ask_quantity"),
)
LEVEL = ("level_side", "level_price", "level_quantity")


class Event(NamedTuple):
    """One event. `levels` are (side, price, quantity), bids first; only of depth."""

    kind: str
    values: tuple[int, ...]
    levels: tuple[tuple[int, int, int], ...] = ()


def tape_events(tape: Tape) -> list[Event]:
    """Return the trades, quotes and depth events of a tape, statuses left out."""
    path = OurPath(len(tape.frames))
    path.cpu_seconds(tape, tape.frames)
    return batch_events(path.output)


def batch_events(batches: Iterable[bytes]) -> list[Event]:
    """Return the rows of batches in order of arrival: what a consumer does that goes row by row."""
    events: list[Event] = []
    for data in batches:
        batch = open_batch(data)
        placed = [
            *_plain("trade", batch.trades, TRADE),
            *_plain("quote", batch.quotes, QUOTE),
            *_deep(batch.depth),
        ]
        placed.sort(key=_arrival)
        events += [event for _, event in placed]
    return events


def _arrival(placed: tuple[int, Event]) -> int:
    return placed[0]


def _plain(kind: str, table: Any, names: tuple[str, ...]) -> list[tuple[int, Event]]:
    arrivals, rows = column(table.arrival).tolist(), _rows(table, names)
    return [(arrival, Event(kind, row)) for arrival, row in zip(arrivals, rows, strict=True)]


def _deep(table: Any) -> list[tuple[int, Event]]:
    levels, start = _rows(table, LEVEL), 0
    placed = []
    heads = zip(column(table.arrival).tolist(), column(table.level_count).tolist(), strict=True)
    for (arrival, count), row in zip(heads, _rows(table, DEPTH), strict=True):
        placed.append((arrival, Event("depth", row, tuple(levels[start : start + count]))))
        start += count
    return placed


def _rows(table: Any, names: tuple[str, ...]) -> list[Any]:
    return list(zip(*(column(getattr(table, name)).tolist() for name in names), strict=True))
