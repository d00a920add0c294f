"""Simulated exchanges with a population, and what tests measure on them."""

import hashlib
from collections.abc import Sequence

from simulator.exchange.engine import SimulatedExchange
from simulator.exchange.interface import LevelChange, Trade
from simulator.market import Population, spot_markets
from simulator.market.assets import DEFAULT_ASSETS

EPOCH_NS = 1_700_000_000_000_000_000
START_NS = EPOCH_NS + 83_250_000_000
STEP_NS = 50_000_000


class Session:
    """One exchange with its population on a virtual clock; remembers every trade and change of a level."""

    def __init__(
        self,
        *,
        seed: int,
        operator: str = "alpha",
        assets: Sequence[str] = DEFAULT_ASSETS,
        quiet: bool = False,
    ) -> None:
        self.now_ns = START_NS
        self.exchange = SimulatedExchange(spot_markets(assets), lambda: self.now_ns)
        self.population = Population(
            self.exchange, seed=seed, operator=operator, assets=assets, quiet=quiet, epoch_ns=EPOCH_NS
        )
        self.trades: list[Trade] = []
        self.levels: list[LevelChange] = []
        self.exchange.listen(on_trade=self.trades.append, on_level=self.levels.append)
        self.population.open(self.now_ns)

    def run(self, seconds: float) -> "Session":
        for _ in range(int(seconds * 1e9) // STEP_NS):
            self.now_ns += STEP_NS
            self.population.step(self.now_ns)
        return self

    def closes(self, symbol: str, count: int) -> list[float]:
        return [float(candle.close) for candle in self.exchange.candles(symbol, "1s", limit=count)]

    def digest(self) -> str:
        return hashlib.sha256(repr((self.trades, self.levels)).encode()).hexdigest()


def crosses(closes: Sequence[float], *, after: int, band: float) -> int:
    """Count how often an average of 5 gets from one side of an average of 20 to the other by more than `band`."""
    fast = slow = closes[0]
    side = count = 0
    for index, close in enumerate(closes):
        fast += (close - fast) * 2.0 / 6.0
        slow += (close - slow) * 2.0 / 21.0
        gap = (fast - slow) / slow
        before, side = side, 1 if gap > band else -1 if gap < -band else side
        count += before not in (0, side) and index >= after
    return count
