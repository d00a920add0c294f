"""Candles of one market, kept as integers in ticks, lots and 1e-8 quote units; the longer intervals are computed."""

from array import array
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from simulator.exchange.interface import Candle, ExchangeRefusal, Market, RefusalCode, Trade

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
INTERVALS_NS = {
    "1s": SECOND_NS,
    **{f"{n}m": n * MINUTE_NS for n in (1, 3, 5, 15, 30)},
    **{f"{n}h": n * 60 * MINUTE_NS for n in (1, 2, 4, 6, 8, 12)},
    "1d": 24 * 60 * MINUTE_NS,
}
QUOTE_UNIT = Decimal("0.00000001")
# Columns of a row. Quote volumes count 1e-8 units: 64 bits hold 92 thousand million.
_OPEN_NS, _OPEN, _HIGH, _LOW, _CLOSE, _VOLUME, _QUOTE, _TRADES, _TAKER, _TAKER_QUOTE, _FIRST, _LAST = range(
    12
)
_WIDTH = 12
Row = Sequence[int]


def interval_ns(interval: str) -> int:
    """Return the length of an interval. Raises ExchangeRefusal(UNSUPPORTED) for one that is not kept."""
    length = INTERVALS_NS.get(interval)
    if length is None:
        raise ExchangeRefusal(
            RefusalCode.UNSUPPORTED, f"expected one of {sorted(INTERVALS_NS)}, was {interval!r}"
        )
    return length


class CandleSeries:
    """Consecutive rows of one base interval, bounded; intervals without trades repeat the last close."""

    def __init__(self, length_ns: int, limit: int) -> None:
        self.length_ns = length_ns
        self._limit = limit
        self._cells = array("q")

    def __len__(self) -> int:
        return len(self._cells) // _WIDTH

    def first_open_ns(self) -> int:
        return self._cells[_OPEN_NS] if self._cells else 0

    def row(self, index: int) -> Row:
        return self._cells[index * _WIDTH : (index + 1) * _WIDTH]

    def replace(self, rows: Iterable[Row]) -> None:
        self._cells = array("q", (cell for row in rows for cell in row))
        self._trim()

    def roll(self, now_ns: int) -> None:
        """Append flat rows until the last one contains `now_ns`; does nothing before the first trade."""
        if not self._cells:
            return
        open_ns = now_ns - now_ns % self.length_ns
        last = self.row(len(self) - 1)
        start = max(last[_OPEN_NS] + self.length_ns, open_ns - self._limit * self.length_ns)
        close = last[_CLOSE]
        for instant in range(start, open_ns + 1, self.length_ns):
            self._cells.extend((instant, close, close, close, close, 0, 0, 0, 0, 0, -1, -1))
        self._trim()

    def add(self, now_ns: int, ticks: int, lots: int, quote: int, taker_buys: bool, trade_id: int) -> None:
        self.roll(now_ns)
        if not self._cells:
            open_ns = now_ns - now_ns % self.length_ns
            self._cells.extend((open_ns, ticks, ticks, ticks, ticks, 0, 0, 0, 0, 0, -1, -1))
        cells, at = self._cells, len(self._cells) - _WIDTH
        if cells[at + _TRADES] == 0:
            cells[at + _OPEN] = cells[at + _HIGH] = cells[at + _LOW] = ticks
            cells[at + _FIRST] = trade_id
        cells[at + _HIGH] = max(cells[at + _HIGH], ticks)
        cells[at + _LOW] = min(cells[at + _LOW], ticks)
        cells[at + _CLOSE] = ticks
        cells[at + _VOLUME] += lots
        cells[at + _QUOTE] += quote
        cells[at + _TRADES] += 1
        cells[at + _LAST] = trade_id
        if taker_buys:
            cells[at + _TAKER] += lots
            cells[at + _TAKER_QUOTE] += quote

    def rows(self, start_ns: int, end_ns: int) -> list[Row]:
        """Return the rows whose open time lies in [start_ns, end_ns]."""
        if not self._cells:
            return []
        first = self._cells[_OPEN_NS]
        begin = max(0, -(-(start_ns - first) // self.length_ns))
        end = min(len(self), (end_ns - first) // self.length_ns + 1)
        return [self.row(index) for index in range(begin, end)]

    def _trim(self) -> None:
        # A quarter more than the limit is allowed so that trimming is rare.
        if len(self) > self._limit + self._limit // 4:
            del self._cells[: (len(self) - self._limit) * _WIDTH]


def merge(rows: Sequence[Row], open_ns: int) -> Row:
    """Return one row that stands for consecutive rows; flat ones do not widen the range of those with trades."""
    traded = [row for row in rows if row[_TRADES]]
    if not traded:
        close = rows[-1][_CLOSE]
        return (open_ns, close, close, close, close, 0, 0, 0, 0, 0, -1, -1)
    return (
        open_ns,
        traded[0][_OPEN],
        max(row[_HIGH] for row in traded),
        min(row[_LOW] for row in traded),
        traded[-1][_CLOSE],
        *(sum(row[column] for row in traded) for column in (_VOLUME, _QUOTE, _TRADES, _TAKER, _TAKER_QUOTE)),
        # Seeded candles have no trade ids.
        next((row[_FIRST] for row in traded if row[_FIRST] >= 0), -1),
        traded[-1][_LAST],
    )


class MarketCandles:
    """Every interval of one market: 1s and 1m are kept, the others are merged from 1m when asked for."""

    def __init__(self, market: Market, *, seconds: int = 3600, minutes: int = 1500) -> None:
        self._market = market
        self._base = {"1s": CandleSeries(SECOND_NS, seconds), "1m": CandleSeries(MINUTE_NS, minutes)}

    def add(self, trade: Trade, ticks: int, lots: int) -> None:
        quote = int(trade.price * trade.quantity / QUOTE_UNIT)
        for series in self._base.values():
            series.add(trade.time_ns, ticks, lots, quote, not trade.buyer_is_maker, trade.trade_id)

    def seed(self, interval: str, candles: Sequence[Candle]) -> None:
        """Replace a base interval's history. Raises ValueError for another interval, a gap or an inexact amount."""
        if interval not in self._base:
            raise ValueError(f"expected interval 1s or 1m, was {interval!r}")
        length = self._base[interval].length_ns
        for before, after in pairwise(candles):
            if after.open_time_ns - before.open_time_ns != length:
                raise ValueError(
                    f"{interval}: expected a candle at {before.open_time_ns + length}, was {after.open_time_ns}"
                )
        self._base[interval].replace(self._row(candle) for candle in candles)

    def query(
        self, interval: str, now_ns: int, start_ns: int | None, end_ns: int | None, limit: int
    ) -> list[Candle]:
        length = interval_ns(interval)
        series = self._base["1s" if interval == "1s" else "1m"]
        series.roll(now_ns)
        end = now_ns if end_ns is None else min(end_ns, now_ns)
        start = end - end % length - (limit - 1) * length if start_ns is None else start_ns
        start = max(start + -start % length, series.first_open_ns() - series.first_open_ns() % length)
        end = min(end, start + (limit - 1) * length)
        rows = series.rows(start, end - end % length + length - 1)
        return [self._candle(row) for row in self._grouped(rows, length, series.length_ns)]

    def window(self, now_ns: int, length_ns: int) -> Candle | None:
        """Return one candle over the last `length_ns`, to the minute; None before the first trade."""
        series = self._base["1m"]
        series.roll(now_ns)
        rows = series.rows(now_ns - length_ns, now_ns)
        return self._candle(merge(rows, rows[0][_OPEN_NS])) if rows else None

    def _grouped(self, rows: list[Row], length: int, base: int) -> list[Row]:
        if length == base:
            return rows
        groups: dict[int, list[Row]] = {}
        for row in rows:
            groups.setdefault(row[_OPEN_NS] - row[_OPEN_NS] % length, []).append(row)
        return [merge(group, open_ns) for open_ns, group in groups.items()]

    def _candle(self, row: Row) -> Candle:
        tick, lot = self._market.tick, self._market.lot
        return Candle(
            open_time_ns=row[_OPEN_NS],
            open=row[_OPEN] * tick,
            high=row[_HIGH] * tick,
            low=row[_LOW] * tick,
            close=row[_CLOSE] * tick,
            volume=row[_VOLUME] * lot,
            quote_volume=row[_QUOTE] * QUOTE_UNIT,
            trades=row[_TRADES],
            taker_buy_volume=row[_TAKER] * lot,
            taker_buy_quote_volume=row[_TAKER_QUOTE] * QUOTE_UNIT,
            first_trade_id=row[_FIRST],
            last_trade_id=row[_LAST],
        )

    def _row(self, candle: Candle) -> Row:
        prices = (candle.open, candle.high, candle.low, candle.close)
        return (
            candle.open_time_ns,
            *(_units(price, self._market.tick) for price in prices),
            _units(candle.volume, self._market.lot),
            _units(candle.quote_volume, QUOTE_UNIT),
            candle.trades,
            _units(candle.taker_buy_volume, self._market.lot),
            _units(candle.taker_buy_quote_volume, QUOTE_UNIT),
            candle.first_trade_id,
            candle.last_trade_id,
        )


def _units(amount: Decimal, unit: Decimal) -> int:
    if amount % unit:
        raise ValueError(f"expected a multiple of {unit}, was {amount}")
    return int(amount / unit)
