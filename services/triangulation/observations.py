"""Reads of a columnar batch what triangulation needs: the newest best bid and ask, and whether the book is whole.

Only the last row of a table matters. Whether columns fit their table was checked where the batch was opened.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter

from services.triangulation.domain.values import Listing, Observation, Top
from sextant.contracts.columns import last, scale
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import events_pb2, reference_pb2

_LIVE = events_pb2.STREAM_STATUS_LIVE
_scale = lru_cache(maxsize=256)(scale)
#: Arrival of a row, and what it says.
_Row = tuple[int, Top | None, bool | None]
_NOTHING: _Row = (-1, None, None)
_arrival = itemgetter(0)


def observe(batch: mirror.EventBatch) -> Observation:
    """Return what the batch says of its instrument's book."""
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
    if not arrival:
        return _NOTHING
    factor = _scale(table.price_exponent)
    bid, ask = last(table.bid_price) * factor, last(table.ask_price) * factor
    return (last(arrival), Top(bid, ask, last(table.exchange_time_ns), last(table.update_id)), None)


def _depth(table: mirror.DepthColumns) -> _Row:
    arrival, bids = table.arrival, table.best_bid_price
    if not arrival or not bids:
        return _NOTHING
    bid, ask = last(bids), last(table.best_ask_price)
    if not bid and not ask:
        return (last(arrival), None, False)
    factor = _scale(table.price_exponent)
    top = Top(bid * factor, ask * factor, last(table.exchange_time_ns), last(table.last_update_id))
    return (last(arrival), top, True)


def _status(table: mirror.StatusColumns) -> _Row:
    arrival = table.arrival
    return (last(arrival), None, last(table.status) == _LIVE) if arrival else _NOTHING
