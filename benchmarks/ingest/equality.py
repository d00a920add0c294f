"""Whether two paths say the same: events in order, every level, the best prices after each change, the final book."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from benchmarks.common.tapes import Frame
from sextant.contracts.columns import column, open_batch
from sextant.venues.binance.books import BookLane

#: ("trade", price, quantity, is sell, id), ("ticker", bid, ask) or ("depth", bids, asks, best).
Event = tuple[Any, ...]


def our_events(batches: Iterable[bytes]) -> list[Event]:
    """Return what our batches say, in order of arrival."""
    events: list[Event] = []
    for data in batches:
        batch = open_batch(data)
        placed = [*_trades(batch.trades), *_quotes(batch.quotes), *_depth(batch.depth)]
        events += [event for _, event in sorted(placed, key=lambda each: each[0])]
    return events


def peer_events(lines: Iterable[bytes]) -> list[Event]:
    """Return what the peer's JSON lines say."""
    return [_peer_event(json.loads(line)) for line in lines]


def frame_events(frames: Sequence[Frame]) -> list[Event]:
    """Return what the frames themselves say, read with the standard library; depth without best prices."""
    return [_frame_event(json.loads(frame.raw)["data"]) for frame in frames]


def without_best(events: Iterable[Event]) -> list[Event]:
    """Return the events without the best prices of a kept book."""
    return [event[:3] if event[0] == "depth" else event for event in events]


def our_book(book: BookLane) -> dict[str, dict[Decimal, Decimal]]:
    """Return the levels of our book."""
    price, quantity = book.scale.price.exponent, book.scale.quantity.exponent
    sides = {"bid": book.sync.book.bids, "ask": book.sync.book.asks}
    return {
        name: {
            _number(level, price): _number(amount, quantity)
            for level, amount in zip(*side.levels(), strict=True)
        }
        for name, side in sides.items()
    }


def peer_book(book: Any) -> dict[str, dict[Decimal, Decimal]]:
    """Return the levels of the peer's book."""
    return {name: dict(side.to_dict()) for name, side in (("bid", book.bids), ("ask", book.asks))}


def _trades(table: Any) -> list[tuple[int, Event]]:
    price, quantity = table.price_exponent, table.quantity_exponent
    rows = _rows(table, "arrival", "price", "quantity", "taker_side", "trade_id")
    return [
        (arrival, ("trade", _number(at, price), _number(size, quantity), side == 2, identifier))
        for arrival, at, size, side, identifier in rows
    ]


def _quotes(table: Any) -> list[tuple[int, Event]]:
    price = table.price_exponent
    rows = _rows(table, "arrival", "bid_price", "ask_price")
    return [(arrival, ("ticker", _number(bid, price), _number(ask, price))) for arrival, bid, ask in rows]


def _depth(table: Any) -> list[tuple[int, Event]]:
    price, quantity = table.price_exponent, table.quantity_exponent
    levels = iter(_rows(table, "level_side", "level_price", "level_quantity"))
    names = ("best_bid_price", "best_bid_quantity", "best_ask_price", "best_ask_quantity")
    placed: list[tuple[int, Event]] = []
    for arrival, count, *best in _rows(table, "arrival", "level_count", *names):
        own = [next(levels) for _ in range(count)]
        bids, asks = (
            tuple((_number(at, price), _number(size, quantity)) for which, at, size in own if which == side)
            for side in (1, 2)
        )
        numbers = tuple(
            _number(value, exponent) for value, exponent in zip(best, (price, quantity) * 2, strict=True)
        )
        placed.append((arrival, ("depth", bids, asks, numbers)))
    return placed


def _rows(table: Any, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(column(getattr(table, name)).tolist() for name in names), strict=True))


def _peer_event(said: dict[str, Any]) -> Event:
    if "amount" in said:
        is_sell = said["side"] == "sell"
        return ("trade", Decimal(said["price"]), Decimal(said["amount"]), is_sell, int(said["id"]))
    if "delta" in said:
        bids, asks = (_pairs(said["delta"][side]) for side in ("bid", "ask"))
        return ("depth", bids, asks, tuple(Decimal(text) for text in said["best"]))
    return ("ticker", Decimal(said["bid"]), Decimal(said["ask"]))


def _frame_event(data: dict[str, Any]) -> Event:
    if "p" in data:
        return ("trade", Decimal(data["p"]), Decimal(data["q"]), data["m"], data["a"])
    if "U" in data:
        return ("depth", _pairs(data["b"]), _pairs(data["a"]))
    return ("ticker", Decimal(data["b"]), Decimal(data["a"]))


def _pairs(levels: Iterable[Sequence[str]]) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple((Decimal(price), Decimal(amount)) for price, amount in levels)


def _number(value: int, exponent: int) -> Decimal:
    return Decimal(value).scaleb(exponent)
