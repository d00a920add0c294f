"""Candles of the time before the run, from the same fair values and the same rule of flow as the live market."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.exchange.interface import Candle, Market
from simulator.market import flow
from simulator.market.assets import Asset
from simulator.market.regime import Regime
from simulator.market.venue import MarketView

SECOND_NS = 1_000_000_000
MINUTE_S = 60
HISTORY_MINUTES = 120
SECOND_CANDLES = 600
SAMPLES_PER_SECOND = 4
MEAN_OF_SEVERAL_SIGMA = flow.SIZE_SIGMA / 2.0

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Seconds:
    """One row per second: prices in ticks, volumes in lots and in lots times ticks."""

    open_ns: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    trades: Ints
    lots: Ints
    taker_lots: Ints


class History:
    """Seeded candles of one market."""

    def __init__(
        self,
        market: Market,
        base: Asset,
        view: MarketView,
        regime: Regime,
        draws: np.random.Generator,
    ) -> None:
        self._market, self._base, self._view, self._regime, self._draws = (
            market,
            base,
            view,
            regime,
            draws,
        )

    def candles(self, now_ns: int) -> tuple[list[Candle], list[Candle]]:
        """Return 1s candles up to the last full second and 1m candles up to it, the last minute usually unfinished."""
        end_s = now_ns // SECOND_NS
        start_s = (end_s // MINUTE_S - HISTORY_MINUTES) * MINUTE_S
        seconds = self._seconds(start_s, end_s)
        return self._grouped(seconds, len(seconds.close) - SECOND_CANDLES, 1), self._grouped(
            seconds, 0, MINUTE_S
        )

    def _seconds(self, start_s: int, end_s: int) -> _Seconds:
        count = end_s - start_s
        step_ns = SECOND_NS // SAMPLES_PER_SECOND
        times = start_s * SECOND_NS + np.arange(-1, count * SAMPLES_PER_SECOND, dtype=np.int64) * step_ns
        values = self._view.believed_path(times)
        # The same rounding as the maker's best bid: a flat market then goes on at the price of its history.
        ticks = np.floor(values / float(self._market.tick) + 1e-6).astype(np.int64)
        trades, lots, taker_lots = self._volumes(values, count)
        return self._bars(start_s, ticks, trades, lots, taker_lots)

    def _volumes(self, values: NDArray[np.float64], count: int) -> tuple[Ints, Ints, Ints]:
        closes = np.log(values[::SAMPLES_PER_SECOND][: count + 1])
        signed = np.clip(
            np.diff(closes) / self._view.usual_move,
            -flow.MAX_ACTIVITY,
            flow.MAX_ACTIVITY,
        )
        activity = np.abs(signed)
        trades = self._draws.poisson(flow.trade_rate(self._regime, self._base, activity))
        usual_usd = flow.trade_usd(self._base, activity) * flow.mean_size_factor(self._regime)
        usd = trades * usual_usd * np.exp(MEAN_OF_SEVERAL_SIGMA * self._draws.standard_normal(count))
        lots = np.ceil(usd / (values[1::SAMPLES_PER_SECOND] * float(self._market.lot))).astype(np.int64)
        taker_buys = self._draws.binomial(trades, flow.buy_share(self._regime, signed))
        taker_lots = np.floor(lots * taker_buys / np.maximum(trades, 1)).astype(np.int64)
        return trades.astype(np.int64), lots, taker_lots

    def _bars(self, start_s: int, ticks: Ints, trades: Ints, lots: Ints, taker_lots: Ints) -> _Seconds:
        """Turn samples into bars; a second without trades repeats the close before it."""
        count = len(trades)
        inside = ticks[1:].reshape(count, SAMPLES_PER_SECOND)
        last_traded = np.maximum.accumulate(np.where(trades > 0, np.arange(count), -1))
        close = np.where(last_traded >= 0, inside[np.maximum(last_traded, 0), -1], ticks[0])
        traded = trades > 0
        flat = np.concatenate((ticks[:1], close[:-1]))
        return _Seconds(
            open_ns=(start_s + np.arange(count, dtype=np.int64)) * SECOND_NS,
            open=np.where(traded, inside[:, 0], flat),
            high=np.where(traded, inside.max(axis=1), flat),
            low=np.where(traded, inside.min(axis=1), flat),
            close=np.where(traded, inside[:, -1], flat),
            trades=trades,
            lots=lots,
            taker_lots=taker_lots,
        )

    def _grouped(self, rows: _Seconds, first: int, size: int) -> list[Candle]:
        """Return candles of `size` seconds each, from row `first` on; the last one may be shorter."""
        starts = np.arange(max(first, 0), len(rows.close), size)
        ends = np.append(starts[1:], len(rows.close)) - 1
        columns = (
            rows.open_ns[starts],
            rows.open[starts],
            np.maximum.reduceat(rows.high, starts),
            np.minimum.reduceat(rows.low, starts),
            rows.close[ends],
            np.add.reduceat(rows.lots, starts),
            np.add.reduceat(rows.lots * rows.close, starts),
            np.add.reduceat(rows.trades, starts),
            np.add.reduceat(rows.taker_lots, starts),
            np.add.reduceat(rows.taker_lots * rows.close, starts),
        )
        return [self._candle(*cells) for cells in zip(*(column.tolist() for column in columns), strict=True)]

    def _candle(
        self,
        open_ns: int,
        open_: int,
        high: int,
        low: int,
        close: int,
        lots: int,
        lot_ticks: int,
        trades: int,
        taker_lots: int,
        taker_lot_ticks: int,
    ) -> Candle:
        tick, lot = self._market.tick, self._market.lot
        return Candle(
            open_time_ns=open_ns,
            open=tick * open_,
            high=tick * high,
            low=tick * low,
            close=tick * close,
            volume=lot * lots,
            quote_volume=tick * lot * lot_ticks,
            trades=trades,
            taker_buy_volume=lot * taker_lots,
            taker_buy_quote_volume=tick * lot * taker_lot_ticks,
        )
