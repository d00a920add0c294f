"""One instrument: live bars and the venue's history put together into features, each bar once and in order of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from services.features.domain.bars import Bar, BarBuilder
from services.features.domain.book import Top, newer
from services.features.domain.catalogue import Periods
from services.features.domain.feature_set import FeatureSet

#: More bars than this without an event: the series begins anew, for what lies between is not known.
MAXIMUM_GAP_BARS = 300
#: Silence in event time after which the venue's candles fill the gap; a live stream speaks every second.
GAP_NS = 3_000_000_000


class Trade(NamedTuple):
    """A trade; quantity in base units."""

    time_ns: int
    price: float
    quantity: float


class Seen(NamedTuple):
    """What one record says of an instrument. `is_live` when it holds trades or a book; `epoch` is its connection's."""

    event_time_ns: int
    is_live: bool
    trades: tuple[Trade, ...] = ()
    history: tuple[Bar, ...] = ()
    top: Top | None = None
    is_broken: bool = False
    epoch: int = 0


class Closed(NamedTuple):
    """A closed bar with the features after it."""

    bar: Bar
    values: dict[str, float]


@dataclass(slots=True)
class Series:
    """State of one instrument. `unwarmed` keeps the live bars that closed before any history came."""

    periods: Periods
    builder: BarBuilder
    features: FeatureSet
    top: Top = field(default_factory=Top)
    epoch: int = 0
    now_ns: int = 0
    live_from_ns: int | None = None
    has_history: bool = False
    unwarmed: list[Bar] = field(default_factory=list)
    parameters_said_ns: int = 0

    @classmethod
    def of(cls, periods: Periods, bar_ns: int, lateness_ns: int) -> Series:
        """Return a series that has seen nothing."""
        return cls(periods, BarBuilder(bar_ns, lateness_ns), FeatureSet.of(periods, bar_ns))

    def observe(self, seen: Seen) -> list[Closed]:
        """Take in one record and return the bars that it closed, oldest first; those of history say so themselves."""
        self._observe_top(seen)
        if seen.history and seen.event_time_ns - self.now_ns > GAP_NS:
            self._forget_live()
        closed = self._warm_up(seen.history) if seen.history else []
        if seen.is_live and self.live_from_ns is None:
            self._go_live(seen)
        for trade in seen.trades:
            self.builder.trade(trade.time_ns, trade.price, trade.quantity)
        self.now_ns = max(self.now_ns, seen.event_time_ns)
        if self.live_from_ns is not None:
            closed += self._advance()
        return closed

    def _advance(self) -> list[Closed]:
        self._restart_after_gap()
        bars = self.builder.advance(self.now_ns)
        if not self.has_history:
            self._keep(bars)
        return [self._close(bar) for bar in bars]

    def _keep(self, bars: list[Bar]) -> None:
        """Keep live bars for history that comes late; once they warm every feature themselves, history is not needed."""
        self.unwarmed += bars
        if len(self.unwarmed) >= self.periods.warm_up:
            self.has_history = True
            self.unwarmed = []

    def _close(self, bar: Bar) -> Closed:
        self.features.update(bar)
        return Closed(bar, self.features.values())

    def _restart_after_gap(self) -> None:
        next_ns = self.builder.pending_ns
        if next_ns is None or not self._is_gap(next_ns, self.now_ns):
            return
        self.builder.restart(self.now_ns - self.builder.lateness_ns)
        self.features = FeatureSet.of(self.periods, self.builder.bar_ns)

    def _is_gap(self, from_ns: int, to_ns: int) -> bool:
        return to_ns - from_ns > MAXIMUM_GAP_BARS * self.builder.bar_ns

    def _go_live(self, seen: Seen) -> None:
        """The series goes on with the bar of the first live event: bars between history and it were not seen and are not said."""
        first_ns = min([seen.event_time_ns, *(trade.time_ns for trade in seen.trades)])
        self.live_from_ns = self.builder.floor(first_ns)
        after_history_ns = self.builder.next_ns
        if after_history_ns is not None:
            self.live_from_ns = max(self.live_from_ns, after_history_ns)
            self.builder.restart(self.live_from_ns)

    def _forget_live(self) -> None:
        """The stream was silent: what was being built is partial, the venue's candles are whole."""
        self.live_from_ns, self.has_history = None, False
        self.builder.building.clear()
        self.unwarmed.clear()

    def _warm_up(self, history: tuple[Bar, ...]) -> list[Closed]:
        """Take in history once: before live bars, or, where those have closed already, silently behind them."""
        if self.has_history and self.live_from_ns is not None:
            return []
        before_ns = self.live_from_ns
        usable = [bar for bar in history if before_ns is None or bar.open_ns < before_ns]
        if not usable:
            return []
        self.has_history = True
        if self.unwarmed:
            self._rebuild(usable)
            return []
        return self._extend(usable)

    def _extend(self, history: list[Bar]) -> list[Closed]:
        closed: list[Closed] = []
        for bar in history:
            next_ns = self.builder.next_ns
            if next_ns is not None and bar.open_ns < next_ns:
                continue
            if next_ns is not None and self._is_gap(next_ns, bar.open_ns):
                self.features = FeatureSet.of(self.periods, self.builder.bar_ns)
            self.builder.continue_after(bar)
            closed.append(self._close(bar))
        if self.live_from_ns is not None:
            self.builder.restart(self.live_from_ns)
        return closed

    def _rebuild(self, history: list[Bar]) -> None:
        features = FeatureSet.of(self.periods, self.builder.bar_ns)
        newest_ns = -1
        for bar in (*history, *self.unwarmed):
            if bar.open_ns > newest_ns:
                features.update(bar)
                newest_ns = bar.open_ns
        self.features = features
        self.unwarmed = []

    def _observe_top(self, seen: Seen) -> None:
        if seen.epoch != self.epoch or seen.is_broken:
            self.epoch = seen.epoch
            self.top.update_id = 0
        if seen.top is not None:
            self.top = newer(self.top, seen.top)
