"""Everyone who trades at one simulated exchange besides the platform: makers, noise traders, informed traders."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from simulator.exchange.interface import Exchange, Market, Trade
from simulator.market.assets import ASSETS, Asset, asset
from simulator.market.desk import Desk
from simulator.market.history import History
from simulator.market.maker import MarketMaker
from simulator.market.regime import LIVELY, QUIET, Regime
from simulator.market.seeding import generator
from simulator.market.takers import InformedTrader, NoiseTraders
from simulator.market.venue import MarketView, Values

MAKER, NOISE, INFORMED = "simulated-maker", "simulated-noise", "simulated-informed"
FUNDS_USD = Decimal(1000000000)


@dataclass(frozen=True, slots=True)
class _Traders:
    view: MarketView
    maker: MarketMaker
    noise: NoiseTraders
    informed: InformedTrader | None


class Population:
    """The traders of one exchange; its orders are a function of seed, operator, epoch and the instants of the calls.

    Trades every market of the exchange whose base is one of `assets` or a stablecoin. Processes that shall agree on fair
    values must be given the same `epoch_ns`; without one it is the instant of `open`, floored to a full minute.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        seed: int,
        operator: str,
        assets: Sequence[str],
        quiet: bool = False,
        epoch_ns: int | None = None,
    ) -> None:
        self._exchange = exchange
        self._seed, self._operator, self._epoch_ns = seed, operator, epoch_ns
        self._regime: Regime = QUIET if quiet else LIVELY
        for name in assets:
            asset(name)
        self._assets = frozenset(assets)
        self._desks = {account: Desk(exchange, account) for account in (MAKER, NOISE, INFORMED)}
        self._traders: dict[str, _Traders] = {}

    def open(self, now_ns: int) -> None:
        """Fund the traders, seed the candles of the time before and quote the first two-sided books; call once."""
        epoch_ns = now_ns - now_ns % 60_000_000_000 if self._epoch_ns is None else self._epoch_ns
        values = Values(seed=self._seed, epoch_ns=epoch_ns, regime=self._regime)
        markets = self._markets()
        self._fund(markets)
        for market in markets:
            self._enter(market, values, now_ns)
        self._exchange.listen(on_trade=self._on_trade)
        for traders in self._traders.values():
            traders.maker.quote(now_ns, traders.view.believed(now_ns))

    def step(self, now_ns: int) -> None:
        """Let everyone act at this instant; to be called every 20 to 50 ms with rising instants."""
        for traders in self._traders.values():
            if traders.informed is not None:
                traders.informed.step(now_ns)
            traders.maker.step(now_ns)
            traders.noise.step(now_ns)

    def fair(self, symbol: str, time_ns: int) -> float:
        """Return the fair value of a market in quote units, the same at every operator; only after `open`."""
        return self._traders[symbol].view.fair(time_ns)

    @property
    def refusals(self) -> Counter[str]:
        """How many requests of these traders the exchange has refused, by code."""
        return sum((desk.refusals for desk in self._desks.values()), Counter[str]())

    def _markets(self) -> list[Market]:
        markets = [self._exchange.market(symbol) for symbol in self._exchange.symbols()]
        return [market for market in markets if market.base in self._assets or _is_stable(market.base)]

    def _fund(self, markets: Sequence[Market]) -> None:
        names = sorted({name for market in markets for name in (market.base, market.quote)})
        funds = {name: (FUNDS_USD / asset(name).price).quantize(Decimal(1)) for name in names}
        for desk in self._desks.values():
            desk.open(funds)

    def _enter(self, market: Market, values: Values, now_ns: int) -> None:
        base = asset(market.base)
        view = MarketView(market, values, self._operator)
        maker = MarketMaker(
            market,
            base,
            view,
            self._desks[MAKER],
            self._regime,
            self._draws(market, "maker"),
        )
        noise = NoiseTraders(
            market,
            base,
            view,
            self._desks[NOISE],
            self._regime,
            self._draws(market, "noise"),
        )
        history = History(market, base, view, self._regime, self._draws(market, "history"))
        self._seed_candles(market, history, now_ns)
        noise.open(now_ns)
        informed = self._informed(market, base, view) if self._regime.informed else None
        self._traders[market.symbol] = _Traders(view, maker, noise, informed)

    def _seed_candles(self, market: Market, history: History, now_ns: int) -> None:
        seconds, minutes = history.candles(now_ns)
        self._exchange.seed_candles(market.symbol, "1s", seconds)
        self._exchange.seed_candles(market.symbol, "1m", minutes)

    def _informed(self, market: Market, base: Asset, view: MarketView) -> InformedTrader:
        return InformedTrader(self._exchange, market, base, view, self._desks[INFORMED], self._regime)

    def _draws(self, market: Market, role: str) -> np.random.Generator:
        return generator(self._seed, self._operator, market.symbol, role)

    def _on_trade(self, trade: Trade) -> None:
        traders = self._traders.get(trade.symbol)
        if traders is not None:
            traders.maker.on_trade(trade)


def _is_stable(name: str) -> bool:
    known = ASSETS.get(name)
    return known is not None and known.stable
