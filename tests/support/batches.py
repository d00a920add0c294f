"""Builds columnar batches for tests from plain numbers; prices and quantities are given as scaled integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import events_pb2

LIVE = events_pb2.STREAM_STATUS_LIVE
BOOK_INVALID = events_pb2.STREAM_STATUS_BOOK_INVALID
DISCONNECTED = events_pb2.STREAM_STATUS_DISCONNECTED
SECOND = 1_000_000_000


def pack(values: Sequence[int]) -> bytes:
    """Return a column."""
    return np.asarray(values, dtype="<i8").tobytes()


def event_batch(instrument: str, event_time_ns: int, **tables: Any) -> mirror.EventBatch:
    """Return a batch of an instrument with the given tables (`quotes=quotes(...)`)."""
    return mirror.EventBatch(
        venue=instrument.partition(":")[0],
        instrument=instrument,
        connection="spot-0",
        connection_epoch=1,
        receive_time_ns=event_time_ns,
        event_time_ns=event_time_ns,
        **tables,
    )


def quotes(
    *rows: tuple[int, int, int], exponent: int = -2, quantity: tuple[int, int] = (10, 10), arrival: int = 0
) -> mirror.QuoteColumns:
    """Return quotes of (exchange time ns, bid, ask); quantities alike in every row."""
    times, bids, asks = zip(*rows, strict=True)
    count = len(rows)
    return mirror.QuoteColumns(
        price_exponent=exponent,
        quantity_exponent=-1,
        arrival=pack(range(arrival, arrival + count)),
        exchange_time_ns=pack(times),
        receive_time_ns=pack(times),
        bid_price=pack(bids),
        bid_quantity=pack([quantity[0]] * count),
        ask_price=pack(asks),
        ask_quantity=pack([quantity[1]] * count),
        update_id=pack([0] * count),
    )


def depth(
    time_ns: int,
    bid: int,
    ask: int,
    *,
    exponent: int = -2,
    update_id: int = 0,
    arrival: int = 0,
    quantity: tuple[int, int] = (10, 10),
) -> mirror.DepthColumns:
    """Return one change of the book without levels: only the best prices after it."""
    return mirror.DepthColumns(
        price_exponent=exponent,
        quantity_exponent=-1,
        arrival=pack([arrival]),
        exchange_time_ns=pack([time_ns]),
        receive_time_ns=pack([time_ns]),
        first_update_id=pack([update_id]),
        last_update_id=pack([update_id]),
        is_snapshot=pack([0]),
        level_count=pack([0]),
        best_bid_price=pack([bid]),
        best_bid_quantity=pack([quantity[0] if bid else 0]),
        best_ask_price=pack([ask]),
        best_ask_quantity=pack([quantity[1] if ask else 0]),
    )


def status(time_ns: int, state: int = LIVE, *, arrival: int = 0) -> mirror.StatusColumns:
    """Return one status of the stream."""
    return mirror.StatusColumns(
        arrival=pack([arrival]), receive_time_ns=pack([time_ns]), status=pack([state]), frames=pack([0])
    )


def trades(
    *rows: tuple[int, int, int], exponent: int = -2, quantity_exponent: int = -3, arrival: int = 0
) -> mirror.TradeColumns:
    """Return trades of (exchange time ns, price, quantity), all bought."""
    times, prices, quantities = zip(*rows, strict=True)
    count = len(rows)
    return mirror.TradeColumns(
        price_exponent=exponent,
        quantity_exponent=quantity_exponent,
        arrival=pack(range(arrival, arrival + count)),
        exchange_time_ns=pack(times),
        receive_time_ns=pack(times),
        price=pack(prices),
        quantity=pack(quantities),
        taker_side=pack([1] * count),
        trade_id=pack(range(count)),
    )


def candles(
    *rows: tuple[int, int, int, int, int, int],
    interval_ns: int = SECOND,
    is_closed: int = 1,
    exponent: int = -2,
    quantity_exponent: int = -3,
) -> mirror.CandleColumns:
    """Return candles of (open time ns, open, high, low, close, volume)."""
    times, opens, highs, lows, closes, volumes = zip(*rows, strict=True)
    count = len(rows)
    return mirror.CandleColumns(
        price_exponent=exponent,
        quantity_exponent=quantity_exponent,
        arrival=pack(range(count)),
        open_time_ns=pack(times),
        interval_ns=pack([interval_ns] * count),
        open=pack(opens),
        high=pack(highs),
        low=pack(lows),
        close=pack(closes),
        volume=pack(volumes),
        is_closed=pack([is_closed] * count),
    )
