"""All features of one instrument's bars, bar by bar."""

from __future__ import annotations

import math
from dataclasses import dataclass

from services.features.domain.bars import Bar
from services.features.domain.catalogue import (
    REALISED_VOLATILITY,
    RETURN_BARS,
    VOLUME_BARS,
    VWAP,
    Periods,
    ema_name,
    return_name,
    rolling_vwap_name,
    rsi_name,
    volume_name,
)
from services.features.domain.indicators import Ema, Rsi, SessionVwap, Window

DAY_NS = 86_400_000_000_000
YEAR_NS = 365 * DAY_NS


@dataclass(slots=True)
class FeatureSet:
    """State of the features of one instrument."""

    bar_ns: int
    emas: list[Ema]
    rsi: Rsi
    session: SessionVwap
    turnovers: Window
    volumes: Window
    recent_volumes: Window
    returns: Window
    closes: Window

    @classmethod
    def of(cls, periods: Periods, bar_ns: int) -> FeatureSet:
        """Return a set that has seen nothing."""
        return cls(
            bar_ns,
            [Ema(period) for period in periods.ema],
            Rsi(periods.rsi),
            SessionVwap(),
            Window(periods.volatility),
            Window(periods.volatility),
            Window(VOLUME_BARS),
            Window(periods.volatility),
            Window(max(RETURN_BARS) + 1),
        )

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar."""
        if self.closes.values:
            self.returns.update(math.log(bar.close / self.closes.values[-1]))
        self.closes.update(bar.close)
        for ema in self.emas:
            ema.update(bar.close)
        self.rsi.update(bar.close)
        self.session.update(bar.open_ns // DAY_NS, bar.turnover, bar.volume)
        self.turnovers.update(bar.turnover)
        self.volumes.update(bar.volume)
        self.recent_volumes.update(bar.volume)

    @property
    def volatility(self) -> float | None:
        """Realised volatility as a fraction a year; None while warming up."""
        if not self.returns.is_full:
            return None
        return self.returns.root_mean_square() * math.sqrt(YEAR_NS / self.bar_ns)

    def values(self) -> dict[str, float]:
        """Return the features that are there, by the catalogue's names."""
        named = {ema_name(ema.period): ema.value for ema in self.emas}
        named[rsi_name(self.rsi.period)] = self.rsi.value
        named[VWAP] = self.session.value
        named[rolling_vwap_name(self.volumes.size)] = self._rolling_vwap()
        named[volume_name()] = self.recent_volumes.mean if self.recent_volumes.is_full else None
        for bars in RETURN_BARS:
            named[return_name(bars)] = self._log_return(bars)
        named[REALISED_VOLATILITY] = self.volatility
        return {name: value for name, value in named.items() if value is not None}

    def _rolling_vwap(self) -> float | None:
        if not self.volumes.is_full:
            return None
        volume = self.volumes.total
        return self.turnovers.total / volume if volume else None

    def _log_return(self, bars: int) -> float | None:
        closes = self.closes.values
        return math.log(closes[-1] / closes[-1 - bars]) if len(closes) > bars else None
