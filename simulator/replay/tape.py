"""Candles of the trades that the recording has played so far, in the rows of the venue's klines call.

Source: the venue's "Kline/Candlestick Data" documentation. COIN-M volumes are contracts, with the base amount beside.
"""

import json
from collections.abc import Sequence
from decimal import Decimal

from simulator.replay.instruments import Instrument

INTERVALS_MS = {
    "1s": 1_000,
    **{f"{n}m": n * 60_000 for n in (1, 3, 5, 15, 30)},
    **{f"{n}h": n * 3_600_000 for n in (1, 2, 4, 6, 8, 12)},
    "1d": 86_400_000,
}
Row = list[int | str]


class _Candle:
    """Amounts of one interval; `other` is the quote amount, or the base amount of an inverse contract."""

    def __init__(self, price: Decimal) -> None:
        self.open = self.high = self.low = self.close = price
        self.volume = self.other = self.taker = self.taker_other = Decimal(0)
        self.trades = 0

    def add(self, price: Decimal, quantity: Decimal, other: Decimal, *, taker_buys: bool) -> None:
        self.high, self.low, self.close = max(self.high, price), min(self.low, price), price
        self.volume += quantity
        self.other += other
        self.trades += 1
        if taker_buys:
            self.taker += quantity
            self.taker_other += other


class TradeTape:
    """The recorded trades of one symbol. Frames are kept as bytes and parsed only when candles are asked for."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._frames: list[bytes] = []

    def add(self, raw: bytes) -> None:
        self._frames.append(raw)

    def rows(self, interval_ms: int, *, start_ms: int | None, end_ms: int | None, limit: int) -> list[Row]:
        """Return candles that open within [start, end], oldest first: the newest, or from `start` if it is given."""
        candles = self._candles(interval_ms)
        if not candles:
            return []
        first, last = min(candles), max(candles)
        low = first if start_ms is None else max(first, start_ms + -start_ms % interval_ms)
        high = last if end_ms is None else min(last, end_ms)
        opens = range(low, high + 1, interval_ms)
        kept: Sequence[int] = opens[-limit:] if start_ms is None else opens[:limit]
        return [self._row(candles, open_ms, interval_ms) for open_ms in kept]

    def _candles(self, interval_ms: int) -> dict[int, _Candle]:
        candles: dict[int, _Candle] = {}
        for raw in self._frames:
            trade = json.loads(raw)["data"]
            price, quantity = Decimal(trade["p"]), Decimal(trade["q"])
            open_ms = trade["T"] - trade["T"] % interval_ms
            candle = candles.get(open_ms)
            if candle is None:
                candle = candles[open_ms] = _Candle(price)
            candle.add(
                price, quantity, self._instrument.other_amount(price, quantity), taker_buys=not trade["m"]
            )
        return candles

    def _row(self, candles: dict[int, _Candle], open_ms: int, interval_ms: int) -> Row:
        candle = candles.get(open_ms)
        if candle is None:
            # An interval without trades repeats the close before it, with nothing traded.
            before = max(instant for instant in candles if instant < open_ms)
            candle = _Candle(candles[before].close)
        prices = [
            self._instrument.price_text(each) for each in (candle.open, candle.high, candle.low, candle.close)
        ]
        amounts = [self._instrument.amount_text(each) for each in (candle.volume, candle.other)]
        takers = [self._instrument.amount_text(each) for each in (candle.taker, candle.taker_other)]
        return [
            open_ms,
            *prices,
            amounts[0],
            open_ms + interval_ms - 1,
            amounts[1],
            candle.trades,
            *takers,
            "0",
        ]
