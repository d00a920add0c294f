"""A seeded market: fair values that every venue's process computes alike, and the traders who act on them."""

from simulator.market.assets import spot_markets
from simulator.market.population import Population

__all__ = ["Population", "spot_markets"]
