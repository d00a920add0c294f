"""Names of the features that vectors carry. A feature is absent while it warms up, and book features also while the book is broken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

#: Volume-weighted price since 00:00 UTC, quote units.
VWAP: Final = "vwap"
#: Best bid less best ask quantity over their sum, -1 to 1.
BOOK_IMBALANCE: Final = "book_imbalance"
#: Ask less bid over the mid, basis points.
SPREAD_BP: Final = "spread_bp"
#: Root mean square of log returns, a fraction a year.
REALISED_VOLATILITY: Final = "realised_volatility"
#: Mean base volume of the last 20 bars, the closed one included.
VOLUME_MEAN: Final = "volume_sma_20"
#: Log return of the last bar, and of the last 20.
LOG_RETURN: Final = "log_return_1"
LOG_RETURN_20: Final = "log_return_20"


def ema(period: int) -> str:
    """Return the name of the exponential mean of `period` closes, quote units; there when `features.ema` lists the period."""
    return f"ema_{period}"


def rsi(period: int) -> str:
    """Return the name of Wilder's relative strength index, 0 to 100; there when `features.rsi` is the period."""
    return f"rsi_{period}"


def rolling_vwap(bars: int) -> str:
    """Return the name of the volume-weighted price of the last bars; there when `features.volatility_bars` is the number."""
    return f"vwap_{bars}"


def available(ema_periods: Iterable[int], rsi_period: int, volatility_bars: int) -> frozenset[str]:
    """Return every name that vectors may carry under these settings of features."""
    fixed = {VWAP, BOOK_IMBALANCE, SPREAD_BP, REALISED_VOLATILITY, VOLUME_MEAN, LOG_RETURN, LOG_RETURN_20}
    return frozenset(
        fixed | {ema(period) for period in ema_periods} | {rsi(rsi_period), rolling_vwap(volatility_bars)}
    )
