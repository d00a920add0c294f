"""What a strategy is shown: one closed bar with its features, the fix, the book and the verdict on the venue, read-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.core.vocabulary import Judgement


@dataclass(frozen=True, slots=True)
class CandleView:
    """A closed bar; prices in quote units, volume in base units."""

    open_time_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int


@dataclass(frozen=True, slots=True)
class FixView:
    """The price that independent venues agree on, in `currency`; DEGRADED when not `is_good`."""

    price: float
    currency: str
    deviation_bp: float
    venues: int
    is_good: bool


@dataclass(frozen=True, slots=True)
class VectorView:
    """The features of one instrument at the close of a bar.

    `bid` and `ask` are 0 and `fix` None where there is none. `is_warm_up` marks the venue's history: learn from it, a signal is ignored.
    """

    instrument: str
    event_time_ns: int
    horizon_ns: int
    candle: CandleView
    values: Mapping[str, float]
    fix: FixView | None
    judgement: Judgement
    bid: float
    ask: float
    is_warm_up: bool

    def value(self, name: str) -> float | None:
        """Return a feature by its catalogue name; None while it warms up or its book is broken."""
        return self.values.get(name)

    @property
    def has_book(self) -> bool:
        """Whether there is a best bid and a best ask that may be believed."""
        return 0.0 < self.bid < self.ask and self.judgement is not Judgement.BOOK_INVALID

    @property
    def half_spread_bp(self) -> float:
        """Half of the spread in basis points of the mid; 0 without a book."""
        return (self.ask - self.bid) / (self.ask + self.bid) * 1e4 if self.has_book else 0.0

    @classmethod
    def of(cls, message: features_pb2.FeatureVector) -> Self:
        """Return the view of a message."""
        return cls(
            message.instrument,
            message.event_time_ns,
            message.horizon_ns,
            _candle(message.candle),
            MappingProxyType(dict(message.values)),
            _fix(message.fix) if message.HasField("fix") else None,
            Judgement(message.verdict.verdict),
            message.bid,
            message.ask,
            message.is_warm_up,
        )


def _candle(candle: features_pb2.Candle) -> CandleView:
    prices = (candle.open, candle.high, candle.low, candle.close)
    return CandleView(candle.open_time_ns, *prices, candle.volume, candle.trades)


def _fix(fix: validated_pb2.Fix) -> FixView:
    is_good = fix.quality == validated_pb2.FIX_QUALITY_GOOD
    return FixView(fix.price, fix.currency, fix.deviation_bp, fix.venues, is_good)
