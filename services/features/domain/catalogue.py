"""The features that a vector may carry: names, units, meanings. Authors of strategies find the same names in `sextant.sdk.catalogue`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

VWAP: Final = "vwap"
BOOK_IMBALANCE: Final = "book_imbalance"
SPREAD_BP: Final = "spread_bp"
REALISED_VOLATILITY: Final = "realised_volatility"
#: Bars of the mean volume and of the longer return.
VOLUME_BARS: Final = 20
RETURN_BARS: Final = (1, 20)


@dataclass(frozen=True, slots=True)
class Periods:
    """Lengths in bars, from the settings."""

    ema: tuple[int, ...] = (5, 20)
    rsi: int = 14
    volatility: int = 60

    @property
    def warm_up(self) -> int:
        """Bars after which every feature of trades is there (one more close than returns)."""
        return max(*self.ema, self.rsi + 1, self.volatility + 1, VOLUME_BARS, max(RETURN_BARS) + 1)


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature."""

    name: str
    unit: str
    meaning: str


def ema_name(period: int) -> str:
    return f"ema_{period}"


def rsi_name(period: int) -> str:
    return f"rsi_{period}"


def rolling_vwap_name(bars: int) -> str:
    return f"vwap_{bars}"


def volume_name() -> str:
    return f"volume_sma_{VOLUME_BARS}"


def return_name(bars: int) -> str:
    return f"log_return_{bars}"


def catalogue(periods: Periods) -> tuple[Feature, ...]:
    """Return every feature for these periods. A feature is absent from a vector until its period has been seen."""
    return (
        *(
            Feature(ema_name(period), "quote", f"exponential mean of {period} closes, seeded by their mean")
            for period in periods.ema
        ),
        Feature(rsi_name(periods.rsi), "0 to 100", "relative strength after Wilder; 50 where nothing moved"),
        Feature(VWAP, "quote", "volume-weighted price since 00:00 UTC, or since the first bar seen"),
        Feature(rolling_vwap_name(periods.volatility), "quote", "volume-weighted price of the last bars"),
        Feature(volume_name(), "base", f"mean volume of the last {VOLUME_BARS} bars, this one included"),
        *(Feature(return_name(bars), "log", f"log return over {bars} bars") for bars in RETURN_BARS),
        Feature(
            REALISED_VOLATILITY,
            "fraction a year",
            f"root mean square of {periods.volatility} log returns, annualised",
        ),
        Feature(
            BOOK_IMBALANCE,
            "-1 to 1",
            "best bid less best ask quantity, over their sum; none from a broken book",
        ),
        Feature(SPREAD_BP, "basis points", "ask less bid over the mid; none from a broken book"),
    )
