"""How much is traded: the one rule that both the live order flow and the seeded history follow.

Trading grows with the speed of the price, in number and in size, as it does on real venues: a move on high volume is a
move that others take part in, and volume filters look for exactly that. The functions take one number or an array; an
`activity` is bounded by MAX_ACTIVITY, and is below zero where a signed one is asked for and the price falls.
"""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.market.assets import Asset
from simulator.market.regime import Regime

MAX_ACTIVITY = 4.0
SIZE_SIGMA = 0.7
SIZE_GAIN = 0.35
FOLLOW_SHARE = 0.6
STABLE_RATE_SCALE = 0.2

Number = TypeVar("Number", float, NDArray[np.float64])


def trade_rate(regime: Regime, base: Asset, activity: Number) -> Number:
    """Return the expected number of trades per second."""
    calm = regime.trade_rate * (STABLE_RATE_SCALE if base.stable else 1.0)
    return calm * (1.0 + regime.activity_gain * activity)


def highest_rate(regime: Regime, base: Asset) -> float:
    """Return the rate that `trade_rate` never exceeds."""
    return trade_rate(regime, base, MAX_ACTIVITY)


def trade_usd(base: Asset, activity: Number) -> Number:
    """Return the median size of a trade in USD."""
    return base.trade_usd * (1.0 + SIZE_GAIN * activity)


def size_factor(regime: Regime, normal: float) -> float:
    """Return a trade's size in median trades, log-normal up to the regime's largest trade, from a normal number."""
    return min(math.exp(SIZE_SIGMA * normal), regime.largest_trade)


def mean_size_factor(regime: Regime) -> float:
    """Return the expectation of `size_factor`."""
    bound = math.log(regime.largest_trade) / SIZE_SIGMA
    below = math.exp(SIZE_SIGMA**2 / 2.0) * _normal_share_below(bound - SIZE_SIGMA)
    return below + regime.largest_trade * (1.0 - _normal_share_below(bound))


def buy_share(regime: Regime, signed_activity: Number) -> Number:
    """Return the share of takers that buy: more while the price rises, none if the regime knows no buyers."""
    share = regime.taker_buy_share
    return share + signed_activity * (FOLLOW_SHARE * min(share, 1.0 - share) / MAX_ACTIVITY)


def _normal_share_below(bound: float) -> float:
    return 0.5 * (1.0 + math.erf(bound / math.sqrt(2.0)))
