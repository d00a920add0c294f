"""Reads of a columnar batch what features need: trades, the venue's history, the newest best bid and ask."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from services.features.domain.bars import Bar, from_candle
from services.features.domain.book import Top, newer
from services.features.domain.series import Seen, Trade
from sextant.contracts.columns import last, scale
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import events_pb2
from sextant.core.errors import InvalidValue

_scale = lru_cache(maxsize=256)(scale)
_ITEM = 8
_arrival = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Contract:
    """What one unit of an instrument's quantity is: base units, or quote units where `is_inverse`."""

    size: float = 1.0
    is_inverse: bool = False

    def base_quantity(self, price: float, quantity: float) -> float:
        """Return a quantity in base units."""
        return quantity * self.size / price if self.is_inverse and price else quantity * self.size


def observe(batch: mirror.EventBatch, contract: Contract, bar_ns: int) -> Seen:
    """Return what a validated batch says. Raises InvalidValue for a column of trades or candles that does not fit its table.

    Only these two tables are checked: of the others the last value counts, which is there whatever the length.
    """
    has_book = batch.HasField("quotes") or batch.HasField("depth")
    has_trades = batch.HasField("trades")
    top, is_broken = _book(batch) if has_book or batch.HasField("statuses") else (None, False)
    return Seen(
        batch.event_time_ns,
        is_live=has_book or has_trades,
        trades=_trades(batch, contract) if has_trades else (),
        history=tuple(_history(batch.candles, bar_ns)) if batch.HasField("candles") else (),
        top=top,
        is_broken=is_broken,
        epoch=batch.connection_epoch,
    )


def _trades(batch: mirror.EventBatch, contract: Contract) -> tuple[Trade, ...]:
    table = batch.trades
    price_factor, quantity_factor = _scale(table.price_exponent), _scale(table.quantity_exponent)
    rows = len(table.arrival) // _ITEM
    times = _column(table.exchange_time_ns, rows)
    prices = [number * price_factor for number in _column(table.price, rows)]
    quantities = [number * quantity_factor for number in _column(table.quantity, rows)]
    return tuple(
        [
            Trade(time_ns or batch.event_time_ns, price, contract.base_quantity(price, quantity))
            for time_ns, price, quantity in zip(times, prices, quantities, strict=True)
        ]
    )


def _history(table: mirror.CandleColumns, bar_ns: int) -> Iterator[Bar]:
    """Yield closed candles of the bar's own length; others cannot continue the series."""
    factor, volume_factor = _scale(table.price_exponent), _scale(table.quantity_exponent)
    rows = len(table.arrival) // _ITEM
    columns = (
        table.open_time_ns,
        table.interval_ns,
        table.is_closed,
        table.open,
        table.high,
        table.low,
        table.close,
    )
    unpacked = (_column(column, rows) for column in (*columns, table.volume))
    for open_ns, interval_ns, is_closed, open_, high, low, close, volume in zip(*unpacked, strict=True):
        if interval_ns == bar_ns and is_closed and close > 0:
            prices = (open_ * factor, high * factor, low * factor, close * factor)
            yield from_candle(open_ns, *prices, volume * volume_factor)


def _book(batch: mirror.EventBatch) -> tuple[Top | None, bool]:
    """Return the newest best bid and ask, and whether the book was said to be broken."""
    tops: list[tuple[int, Top]] = []
    is_broken = False
    if batch.HasField("quotes"):
        tops += _quote(batch.quotes)
    if batch.HasField("depth"):
        after_change = _depth(batch.depth)
        is_broken = bool(batch.depth.best_bid_price) and not after_change
        tops += after_change
    if batch.HasField("statuses"):
        is_broken |= last(batch.statuses.status) != events_pb2.STREAM_STATUS_LIVE
    tops.sort(key=_arrival)
    if not tops:
        return None, is_broken
    newest = tops[0][1]
    for _, top in tops[1:]:
        newest = newer(newest, top)
    return newest, is_broken


def _quote(table: mirror.QuoteColumns) -> list[tuple[int, Top]]:
    if not table.arrival:
        return []
    price, quantity = _scale(table.price_exponent), _scale(table.quantity_exponent)
    top = Top(
        last(table.bid_price) * price,
        last(table.bid_quantity) * quantity,
        last(table.ask_price) * price,
        last(table.ask_quantity) * quantity,
        last(table.update_id),
    )
    return [(last(table.arrival), top)]


def _depth(table: mirror.DepthColumns) -> list[tuple[int, Top]]:
    """Return the best prices after the last change; none while the book is not whole."""
    bid, ask = last(table.best_bid_price), last(table.best_ask_price)
    if not bid and not ask:
        return []
    price, quantity = _scale(table.price_exponent), _scale(table.quantity_exponent)
    top = Top(
        bid * price,
        last(table.best_bid_quantity) * quantity,
        ask * price,
        last(table.best_ask_quantity) * quantity,
        last(table.last_update_id),
    )
    return [(last(table.arrival), top)]


def _column(data: bytes, rows: int) -> tuple[int, ...]:
    if len(data) not in (0, rows * _ITEM):
        raise InvalidValue("column of trades or candles", f"{len(data)} bytes", f"0 or {rows * _ITEM} bytes")
    return struct.unpack(f"<{rows}q", data) if data else (0,) * rows
