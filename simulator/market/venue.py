"""What one venue believes the price of a market to be: the common fair value, late and with a basis of its own."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.exchange.interface import Market
from simulator.market.assets import asset
from simulator.market.fair import FairValue
from simulator.market.flow import MAX_ACTIVITY
from simulator.market.regime import Regime, Wave
from simulator.market.seeding import uniform

LAG_NS = (5_000_000.0, 60_000_000.0)
BASIS_WOBBLE_PERIOD_S = 180.0
ACTIVITY_WINDOW_NS = 1_000_000_000


class Values:
    """Fair values in USD of the assets that a run needs, each computed once per process."""

    def __init__(self, *, seed: int, epoch_ns: int, regime: Regime) -> None:
        self.seed = seed
        self.epoch_ns = epoch_ns
        self.regime = regime
        self._values: dict[str, FairValue] = {}

    def of(self, name: str) -> FairValue:
        value = self._values.get(name)
        if value is None:
            known = asset(name)
            value = self._values[name] = FairValue(
                seed=self.seed,
                asset=name,
                level=float(known.price),
                epoch_ns=self.epoch_ns,
                regime=self.regime,
                temper=known.temper,
            )
        return value


class MarketView:
    """The price of one market at one operator, in quote units.

    `known` is what an informed trader sees at once; `believed` is what the operator's makers see, some milliseconds
    later. Both carry the operator's basis. `activity` says how fast the price moves: 1 is usual, 0 is still.
    """

    def __init__(self, market: Market, values: Values, operator: str) -> None:
        self._base = values.of(market.base)
        self._quote = values.of(market.quote)
        self.lag_ns = int(uniform(*LAG_NS, values.seed, operator, "lag"))
        self._basis = self._operator_basis(market, values, operator)
        self.usual_move = values.regime.typical_second_bp * 1e-4 * asset(market.base).temper
        self._still = not values.regime.waves

    @staticmethod
    def _operator_basis(market: Market, values: Values, operator: str) -> FairValue:
        regime = values.regime
        bound = 0.0 if asset(market.base).stable else regime.basis_bp
        constant = uniform(-bound, bound, values.seed, operator, market.symbol, "basis")
        return FairValue(
            seed=values.seed,
            asset=f"{operator}/{market.symbol}/basis",
            level=1.0 + constant * 1e-4,
            epoch_ns=values.epoch_ns,
            regime=_only_wobble(regime),
        )

    def fair(self, time_ns: int) -> float:
        """Return the fair value in quote units, the same at every operator."""
        return self._base.at(time_ns) / self._quote.at(time_ns)

    def known(self, time_ns: int) -> float:
        return self.fair(time_ns) * self._basis.at(time_ns)

    def believed(self, time_ns: int) -> float:
        return self.fair(time_ns - self.lag_ns) * self._basis.at(time_ns)

    def believed_path(self, times_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return `believed` at ascending instants."""
        late = times_ns - self.lag_ns
        return np.asarray(self._base.path(late) / self._quote.path(late) * self._basis.path(times_ns))

    def activity(self, time_ns: int) -> float:
        if self._still:
            return 0.0
        return min(abs(self.move(time_ns)) / self.usual_move, MAX_ACTIVITY)

    def move(self, time_ns: int) -> float:
        """Return the logarithmic change of the believed price over the last second."""
        if self._still:
            return 0.0
        return math.log(self.believed(time_ns) / self.believed(time_ns - ACTIVITY_WINDOW_NS))


def _only_wobble(regime: Regime) -> Regime:
    waves = (Wave(BASIS_WOBBLE_PERIOD_S, regime.basis_wobble_bp),) if regime.basis_wobble_bp > 0.0 else ()
    return replace(regime, waves=waves, jump_rate=0.0)
