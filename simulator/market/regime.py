"""How lively a simulated market is: the numbers behind fair values, quoting and order flow."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wave:
    """A smooth random line through one normal knot per period: the trend that a trader of that horizon sees."""

    period_s: float
    sigma_bp: float


@dataclass(frozen=True, slots=True)
class Regime:
    """One kind of market. Rates are per second and market, sizes of moves in basis points (bp) of price.

    `largest_trade` bounds one noise trade, in usual trades.
    """

    waves: tuple[Wave, ...]
    jump_rate: float
    jump_sigma_bp: float
    jump_half_life_s: float
    spread_scale: float
    basis_bp: float
    basis_wobble_bp: float
    skew_bp: float
    trade_rate: float
    activity_gain: float
    taker_buy_share: float
    largest_trade: float
    informed: bool

    @property
    def typical_second_bp(self) -> float:
        """Size of a usual move over one second: what the activity of a market is measured in."""
        variance = sum((wave.sigma_bp / max(wave.period_s, 1.0)) ** 2 for wave in self.waves)
        return max(math.sqrt(variance), 1e-9)


# Waves of 3 and 7 seconds carry most of the movement: an average of 5 and one of 20 seconds then cross several times a
# minute, and far enough to tell a trend from the bounce between bid and ask. That is far livelier than a real market:
# a minute here holds the turns of a few real hours. Longer waves give the hour a shape.
LIVELY = Regime(
    waves=(
        Wave(0.25, 0.10),
        Wave(1.0, 0.35),
        Wave(3.0, 10.0),
        Wave(7.0, 5.0),
        Wave(90.0, 12.0),
        Wave(600.0, 40.0),
        Wave(3600.0, 80.0),
    ),
    jump_rate=1.0 / 90.0,
    jump_sigma_bp=18.0,
    jump_half_life_s=45.0,
    spread_scale=1.0,
    basis_bp=1.5,
    basis_wobble_bp=0.4,
    skew_bp=1.5,
    trade_rate=1.6,
    activity_gain=0.9,
    taker_buy_share=0.5,
    largest_trade=8.0,
    informed=True,
)

# Flat to the tick: nothing moves, quotes only refill, and all takers sell. Trades then print one price, so a strategy
# that trades here trades on nothing.
QUIET = Regime(
    waves=(),
    jump_rate=0.0,
    jump_sigma_bp=0.0,
    jump_half_life_s=1.0,
    spread_scale=0.0,
    basis_bp=1.5,
    basis_wobble_bp=0.0,
    skew_bp=0.0,
    trade_rate=1.2,
    activity_gain=0.0,
    taker_buy_share=0.0,
    largest_trade=1.5,
    informed=False,
)
