"""Binance's markets: what differs between spot, USD-M and COIN-M in paths and rules.

Sources: Binance "WebSocket Streams", "Change Log" 2026-03 (routed USD-M sockets) and "Market Data Endpoints".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Market(Enum):
    """One of Binance's markets; values equal the platform's names of the protocols."""

    SPOT = "binance-spot"
    USDM = "binance-usdm"
    COINM = "binance-coinm"

    @property
    def rules(self) -> Rules:
        return _RULES[self]


@dataclass(frozen=True, slots=True)
class Rules:
    """`is_chained`: depth events name their predecessor (`pu`). Weights are per REST call; `weight_limit` per minute."""

    name: str
    rest: str
    is_chained: bool
    depth_limit: int
    depth_weight: int
    info_weight: int
    weight_limit: int
    #: Paths of the sockets that serve order-book and trade-flow streams.
    public: str
    market: str


_RULES = {
    Market.SPOT: Rules("spot", "/api/v3", False, 1000, 50, 20, 6_000, "/stream", "/stream"),
    Market.USDM: Rules("usdm", "/fapi/v1", True, 1000, 20, 1, 2_400, "/public/stream", "/market/stream"),
    Market.COINM: Rules("coinm", "/dapi/v1", True, 1000, 20, 1, 2_400, "/stream", "/stream"),
}
