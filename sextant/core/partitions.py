"""Which partition a key belongs to. The maps are explicit and never change silently: a change is a migration."""

from __future__ import annotations

import hashlib
from typing import Final

MARKET_PARTITIONS: Final = 24
PORTFOLIO_PARTITIONS: Final = 12

#: The assets that are traded most, spread so that no two of the first ones share a partition.
_ASSETS: Final = (
    *("BTC", "ETH", "SOL", "XRP", "BNB", "DOGE", "ADA", "AVAX", "LINK", "DOT", "LTC", "BCH"),
    *("TRX", "TON", "SUI", "NEAR", "POL", "UNI", "ATOM", "ETC", "XLM", "FIL", "APT", "ARB"),
)
_MARKET_MAP: Final = {asset: number for number, asset in enumerate(_ASSETS)}


def market_partition(asset: str) -> int:
    """Return the partition of a base asset in every market, features and signals topic."""
    known = _MARKET_MAP.get(asset)
    return known if known is not None else _hash(asset) % MARKET_PARTITIONS


def portfolio_partition(portfolio: str) -> int:
    """Return the partition of a portfolio in every intents, decisions, orders, fills and entries topic."""
    return _hash(portfolio) % PORTFOLIO_PARTITIONS


def _hash(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
