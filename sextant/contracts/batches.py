"""Writing columnar batches: rows in arrival order, one message for what one (venue, instrument) said.

Rows are kept as flat lists of integers and become columns only when the batch is closed. Numbers come from `sextant.contracts.scaled`,
so that every one of them is exact at the batch's scale; a row at another scale closes the batch first (`fits`).
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import Message

from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.scaled import Scale

#: Rows and levels after which a batch is closed, so that no record comes near a broker's limit of 1 MB.
MAX_ROWS: Final = 4_096
MAX_LEVELS: Final = 16_384

_TRADES: Final = (
    "arrival",
    "exchange_time_ns",
    "receive_time_ns",
    "price",
    "quantity",
    "taker_side",
    "trade_id",
)
_QUOTES: Final = (
    *("arrival", "exchange_time_ns", "receive_time_ns"),
    *("bid_price", "bid_quantity", "ask_price", "ask_quantity", "update_id"),
)
_DEPTH: Final = (
    *(
        "arrival",
        "exchange_time_ns",
        "receive_time_ns",
        "first_update_id",
        "last_update_id",
        "is_snapshot",
        "level_count",
    ),
    *("best_bid_price", "best_bid_quantity", "best_ask_price", "best_ask_quantity"),
)
_CANDLES: Final = (
    "arrival",
    "open_time_ns",
    "interval_ns",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "is_closed",
)
_VALUES: Final = ("arrival", "exchange_time_ns", "receive_time_ns", "kind", "value")
_STATUSES: Final = (
    *("arrival", "receive_time_ns", "status", "frames", "gaps", "refused"),
    *("last_receive_time_ns", "clock_offset_ns"),
)


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of one depth row as parallel lists: absolute quantities, bids first."""

    sides: list[int]
    prices: list[int]
    quantities: list[int]


@dataclass(frozen=True, slots=True)
class Best:
    """Best bid and ask; all 0 while the book is not whole."""

    bid_price: int = 0
    bid_quantity: int = 0
    ask_price: int = 0
    ask_quantity: int = 0


NO_BEST: Final = Best()


class BatchWriter:
    """Collects what one instrument said on one connection. Not reusable across scales: close it before `scale` changes.

    `usual` is the scale of the instrument's own steps. `events` and `heard_ns` outlive batches: the messages that gave rows, and when
    the newest one came. `sextant_native.BatchWriter` has the same methods and gives the same bytes.
    """

    __slots__ = (
        *("venue", "instrument", "connection", "scale", "rows", "levels", "first_frame", "last_frame"),
        *("receive_ns", "event_ns", "_trades", "_quotes", "_depth", "_candles", "_values", "_statuses"),
        *("_liquidations", "_sides", "_prices", "_quantities", "usual", "events", "heard_ns"),
    )

    def __init__(self, venue: str, instrument: str, connection: str, scale: Scale) -> None:
        self.venue, self.instrument, self.connection = venue, instrument, connection
        self.usual = scale
        self.events = self.heard_ns = 0
        self._clear(scale)

    def _clear(self, scale: Scale) -> None:
        self.scale = scale
        self.rows = self.levels = 0
        self.first_frame, self.last_frame = -1, -1
        self.receive_ns = self.event_ns = 0
        self._trades: list[int] = []
        self._quotes: list[int] = []
        self._depth: list[int] = []
        self._candles: list[int] = []
        self._values: list[int] = []
        self._statuses: list[int] = []
        self._liquidations: list[int] = []
        self._sides: list[int] = []
        self._prices: list[int] = []
        self._quantities: list[int] = []

    @property
    def is_full(self) -> bool:
        return self.rows >= MAX_ROWS or self.levels >= MAX_LEVELS

    def fits(self, scale: Scale) -> bool:
        """Return whether rows of this scale may join the batch; an empty batch takes any scale on."""
        if self.scale is scale or self.scale.exponents == scale.exponents:
            return True
        if self.rows == 0:
            self.scale = scale
            return True
        return False

    def came_from(self, frame: int, receive_ns: int, event_ns: int) -> None:
        """State the frame that the newest rows came from and its times."""
        if self.first_frame < 0:
            self.first_frame = frame
        self.last_frame = frame
        if receive_ns > self.receive_ns:
            self.receive_ns = receive_ns
        if event_ns > self.event_ns:
            self.event_ns = event_ns

    def came(self, frame: int, receive_ns: int, event_ns: int) -> None:
        """As came_from(), for rows of a message of the market."""
        self.came_from(frame, receive_ns, event_ns)
        self.heard_ns = receive_ns
        self.events += 1

    def trade(
        self, exchange_ns: int, receive_ns: int, price: int, quantity: int, taker_side: int, trade_id: int
    ) -> None:
        self._trades += (self.rows, exchange_ns, receive_ns, price, quantity, taker_side, trade_id)
        self.rows += 1

    def liquidation(
        self, exchange_ns: int, receive_ns: int, price: int, quantity: int, taker_side: int
    ) -> None:
        self._liquidations += (self.rows, exchange_ns, receive_ns, price, quantity, taker_side, 0)
        self.rows += 1

    def quote(
        self,
        exchange_ns: int,
        receive_ns: int,
        bid_price: int,
        bid_quantity: int,
        ask_price: int,
        ask_quantity: int,
        update_id: int,
    ) -> None:
        self._quotes += (
            *(self.rows, exchange_ns, receive_ns),
            *(bid_price, bid_quantity, ask_price, ask_quantity, update_id),
        )
        self.rows += 1

    def depth(
        self,
        exchange_ns: int,
        receive_ns: int,
        first_id: int,
        last_id: int,
        levels: Levels,
        best: Best,
        *,
        is_snapshot: bool = False,
    ) -> None:
        count = len(levels.prices)
        self._depth += (
            *(self.rows, exchange_ns, receive_ns, first_id, last_id, int(is_snapshot), count),
            *(best.bid_price, best.bid_quantity, best.ask_price, best.ask_quantity),
        )
        self._sides += levels.sides
        self._prices += levels.prices
        self._quantities += levels.quantities
        self.levels += count
        self.rows += 1

    def candle(
        self,
        open_ns: int,
        interval_ns: int,
        prices: tuple[int, int, int, int],
        volume: int,
        *,
        is_closed: bool,
    ) -> None:
        """Add a candle; `prices` are open, high, low, close."""
        self._candles += (self.rows, open_ns, interval_ns, *prices, volume, int(is_closed))
        self.rows += 1

    def value(self, exchange_ns: int, receive_ns: int, kind: int, value: int) -> None:
        self._values += (self.rows, exchange_ns, receive_ns, kind, value)
        self.rows += 1

    def status(
        self,
        receive_ns: int,
        status: int,
        frames: int,
        gaps: int,
        refused: int,
        last_receive_ns: int,
        offset_ns: int,
    ) -> None:
        self._statuses += (self.rows, receive_ns, status, frames, gaps, refused, last_receive_ns, offset_ns)
        self.rows += 1

    def close(self, epoch: int, sequence: int, next_scale: Scale) -> mirror.EventBatch:
        """Return the batch of all rows so far and begin the next one at `next_scale`."""
        batch = mirror.EventBatch(
            venue=self.venue,
            instrument=self.instrument,
            connection=self.connection,
            connection_epoch=epoch,
            sequence=sequence,
            first_frame=max(self.first_frame, 0),
            last_frame=max(self.last_frame, 0),
            receive_time_ns=self.receive_ns,
            event_time_ns=self.event_ns,
        )
        price, quantity, value = self.scale.exponents
        for table, names, flat in self._tables(batch):
            if flat:
                _fill(table, names, flat)
                if names is _VALUES:
                    batch.values.value_exponent = value
                elif names is not _STATUSES:
                    table.price_exponent = price  # type: ignore[attr-defined]  # all other tables declare both
                    table.quantity_exponent = quantity  # type: ignore[attr-defined]
        if self._depth:
            batch.depth.level_side = _packed(self._sides)
            batch.depth.level_price = _packed(self._prices)
            batch.depth.level_quantity = _packed(self._quantities)
        self._clear(next_scale)
        return batch

    def close_bytes(self, epoch: int, sequence: int, next_scale: Scale) -> bytes:
        """As close(), the batch as its bytes on the wire."""
        return self.close(epoch, sequence, next_scale).SerializeToString()

    def _tables(self, batch: mirror.EventBatch) -> tuple[tuple[Message, tuple[str, ...], list[int]], ...]:
        return (
            (batch.trades, _TRADES, self._trades),
            (batch.quotes, _QUOTES, self._quotes),
            (batch.depth, _DEPTH, self._depth),
            (batch.candles, _CANDLES, self._candles),
            (batch.values, _VALUES, self._values),
            (batch.statuses, _STATUSES, self._statuses),
            (batch.liquidations, _TRADES, self._liquidations),
        )


def _fill(table: Message, names: tuple[str, ...], flat: list[int]) -> None:
    step = len(names)
    for place, name in enumerate(names):
        setattr(table, name, _packed(flat[place::step]))


def _packed(values: list[int]) -> bytes:
    """Return the little-endian column; every value was checked against int64 where it was parsed."""
    column = array("q", values)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()
