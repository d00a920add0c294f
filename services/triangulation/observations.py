"""Reads of a columnar batch what triangulation needs: the newest best bid and ask, and whether the book is whole.

Only the last row of a table matters, so single values are unpacked instead of viewing columns as arrays: most batches hold a few rows,
and a view of a column costs more than its last value.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct

from services.triangulation.domain.values import Listing, Observation, Top
from sextant.contracts.columns import scale
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import events_pb2, reference_pb2
from sextant.core.errors import InvalidValue

_INTEGER = Struct("<q")
_LIVE = events_pb2.STREAM_STATUS_LIVE
_scale = lru_cache(maxsize=256)(scale)
#: Arrival of a row, and what it says.
_Row = tuple[int, Top | None, bool | None]


def observe(batch: mirror.EventBatch) -> Observation:
    """Return what the batch says of its instrument's book. Raises InvalidValue naming a column that does not fit its table."""
    rows: list[_Row] = []
    if batch.HasField("quotes"):
        rows.append(_quote(batch.quotes))
    if batch.HasField("depth"):
        rows.append(_depth(batch.depth))
    if batch.HasField("statuses"):
        rows.append(_status(batch.statuses))
    if len(rows) > 1:
        rows.sort(key=_arrival)
    top, is_whole = _combine(rows)
    return Observation(
        batch.instrument,
        batch.venue,
        batch.event_time_ns,
        batch.connection,
        batch.connection_epoch,
        top,
        is_whole,
    )


def listing_of(record: reference_pb2.Instrument) -> Listing:
    """Return what a fix needs of an instrument's record."""
    is_spot = record.kind == reference_pb2.INSTRUMENT_KIND_SPOT
    operator = record.operator or record.venue
    return Listing(record.instrument, record.venue, operator, record.base, record.quote, is_spot)


def _combine(rows: list[_Row]) -> tuple[Top | None, bool | None]:
    """Later rows win, except that the best prices of depth never replace a quote of a higher update id."""
    top: Top | None = None
    is_whole: bool | None = None
    for _, row_top, row_is_whole in rows:
        if row_top is not None and not (top is not None and 0 < row_top.update_id < top.update_id):
            top = row_top
        if row_is_whole is not None:
            is_whole = row_is_whole
    return top, is_whole


def _quote(table: mirror.QuoteColumns) -> _Row:
    arrival = table.arrival
    size = len(arrival)
    if not size:
        return (-1, None, None)
    factor = _scale(table.price_exponent)
    top = Top(
        _last(table.bid_price, size, "quotes.bid_price") * factor,
        _last(table.ask_price, size, "quotes.ask_price") * factor,
        _last(table.exchange_time_ns, size, "quotes.exchange_time_ns"),
        _last(table.update_id, size, "quotes.update_id"),
    )
    return (_last(arrival, size, "quotes.arrival"), top, None)


def _depth(table: mirror.DepthColumns) -> _Row:
    arrival, bids = table.arrival, table.best_bid_price
    size = len(arrival)
    if not size or not bids:
        return (-1, None, None)
    bid = _last(bids, size, "depth.best_bid_price")
    ask = _last(table.best_ask_price, size, "depth.best_ask_price")
    at = _last(arrival, size, "depth.arrival")
    if not bid and not ask:
        return (at, None, False)
    factor = _scale(table.price_exponent)
    time_ns = _last(table.exchange_time_ns, size, "depth.exchange_time_ns")
    update_id = _last(table.last_update_id, size, "depth.last_update_id")
    return (at, Top(bid * factor, ask * factor, time_ns, update_id), True)


def _status(table: mirror.StatusColumns) -> _Row:
    arrival = table.arrival
    size = len(arrival)
    if not size:
        return (-1, None, None)
    status = _last(table.status, size, "statuses.status")
    return (_last(arrival, size, "statuses.arrival"), None, status == _LIVE)


def _last(column: bytes, size: int, name: str) -> int:
    """Return the last value of a column of `size` bytes; 0 where the column is not known."""
    length = len(column)
    if length != size or length % 8:
        if not length:
            return 0
        raise InvalidValue(name, f"{length} bytes", f"0 or {size} bytes")
    return int(_INTEGER.unpack_from(column, size - 8)[0])


def _arrival(row: _Row) -> int:
    return row[0]
