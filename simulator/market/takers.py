"""Traders who take what is quoted: noise, who need to trade, and the informed, who see that a quote is stale."""

import math

import numpy as np

from simulator.exchange.interface import Exchange, Market, Side
from simulator.market import flow
from simulator.market.amounts import Amounts
from simulator.market.assets import Asset
from simulator.market.desk import Desk
from simulator.market.regime import Regime
from simulator.market.venue import MarketView

INFORMED_EDGE_HALF_SPREADS = 0.4
INFORMED_TRADES = 5.0
INFORMED_PAUSE_NS = 150_000_000


class NoiseTraders:
    """Market orders as a Poisson process whose rate and size follow the speed of the price.

    Arrival times are drawn at the highest rate and thinned, so they do not depend on how often `step` is called.
    """

    def __init__(
        self,
        market: Market,
        base: Asset,
        view: MarketView,
        desk: Desk,
        regime: Regime,
        draws: np.random.Generator,
    ) -> None:
        self._market, self._base, self._view, self._desk, self._regime = (
            market,
            base,
            view,
            desk,
            regime,
        )
        self._draws = draws
        self._amounts = Amounts(market)
        self._highest = flow.highest_rate(regime, base)
        self._next_ns = 0

    def open(self, now_ns: int) -> None:
        self._next_ns = now_ns
        self._schedule()

    def step(self, now_ns: int) -> None:
        while self._next_ns <= now_ns:
            self._arrive(self._next_ns)
            self._schedule()

    def _schedule(self) -> None:
        self._next_ns += 1 + int(self._draws.exponential(1e9 / self._highest))

    def _arrive(self, time_ns: int) -> None:
        kept, buys, size = (
            self._draws.random(),
            self._draws.random(),
            self._draws.standard_normal(),
        )
        activity = self._view.activity(time_ns)
        if kept * self._highest >= flow.trade_rate(self._regime, self._base, activity):
            return
        rising = math.copysign(activity, self._view.move(time_ns))
        side = Side.BUY if buys < flow.buy_share(self._regime, rising) else Side.SELL
        notional = flow.trade_usd(self._base, activity) * flow.size_factor(self._regime, float(size))
        lots = self._amounts.lots(notional, self._view.believed(time_ns))
        self._desk.place(self._market.symbol, side, self._amounts.quantity(lots), None)


class InformedTrader:
    """Knows the fair value without the venue's lag and takes quotes that are on the wrong side of it."""

    def __init__(
        self,
        exchange: Exchange,
        market: Market,
        base: Asset,
        view: MarketView,
        desk: Desk,
        regime: Regime,
    ) -> None:
        self._exchange, self._market, self._base, self._view, self._desk = (
            exchange,
            market,
            base,
            view,
            desk,
        )
        self._amounts = Amounts(market)
        self._edge = INFORMED_EDGE_HALF_SPREADS * base.half_spread_bp * 1e-4 * regime.spread_scale
        self._waits_until_ns = 0

    def step(self, now_ns: int) -> None:
        if now_ns < self._waits_until_ns:
            return
        value = self._view.known(now_ns)
        bid, ask = self._exchange.best(self._market.symbol)
        if ask is not None and float(ask) < value * (1.0 - self._edge):
            self._take(now_ns, Side.BUY, self._amounts.ticks_below(value))
        elif bid is not None and float(bid) > value * (1.0 + self._edge):
            self._take(now_ns, Side.SELL, self._amounts.ticks_above(value))

    def _take(self, now_ns: int, side: Side, ticks: int) -> None:
        price = self._amounts.price(ticks)
        lots = self._amounts.lots(INFORMED_TRADES * self._base.trade_usd, float(price))
        self._desk.place(
            self._market.symbol,
            side,
            self._amounts.quantity(lots),
            price,
            time_in_force="IOC",
        )
        self._waits_until_ns = now_ns + INFORMED_PAUSE_NS
