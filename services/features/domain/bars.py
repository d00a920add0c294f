"""Bars of equal length by event time, built from trades; a bar closes when the instrument's event time has passed its end by the lateness."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Bar:
    """One bar. `turnover` is the sum of price times base quantity; `volume` is in base units."""

    open_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0
    turnover: float = 0.0
    trades: int = 0
    is_history: bool = False

    def add(self, price: float, quantity: float) -> None:
        """Take in a trade."""
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.close = price
        self.volume += quantity
        self.turnover += price * quantity
        self.trades += 1


def from_candle(open_ns: int, open_: float, high: float, low: float, close: float, volume: float) -> Bar:
    """Return a bar of the venue's history; its turnover is estimated by the typical price (high, low and close alike)."""
    typical = (high + low + close) / 3.0
    return Bar(open_ns, open_, high, low, close, volume, typical * volume, is_history=True)


@dataclass(slots=True)
class BarBuilder:
    """State of one instrument's bars.

    `next_ns` is the start of the next bar to close, None before the series begins; `close` the last price known, 0 before the first.
    `late` and `refused` count trades that came after their bar had closed, and those without a price above zero.
    """

    bar_ns: int
    lateness_ns: int
    next_ns: int | None = None
    close: float = 0.0
    late: int = 0
    refused: int = 0
    building: dict[int, Bar] = field(default_factory=dict)

    def floor(self, time_ns: int) -> int:
        """Return the start of the bar that holds a time."""
        return time_ns - time_ns % self.bar_ns

    def trade(self, time_ns: int, price: float, quantity: float) -> None:
        """Take in a trade; one of a bar that is closed already is counted as late and left out."""
        if price <= 0.0:
            self.refused += 1
            return
        start_ns = self.floor(time_ns)
        if self.next_ns is not None and start_ns < self.next_ns:
            self.late += 1
            return
        bar = self.building.get(start_ns)
        if bar is None:
            bar = self.building[start_ns] = Bar(start_ns, price, price, price, price)
        bar.add(price, quantity)

    def advance(self, event_time_ns: int) -> list[Bar]:
        """Return the bars that are closed by now, oldest first. A bar without a trade repeats the close with volume 0."""
        closed: list[Bar] = []
        while True:
            next_ns = self.pending_ns
            if next_ns is None or next_ns + self.bar_ns + self.lateness_ns > event_time_ns:
                return closed
            bar = self.building.pop(next_ns, None) or self._empty(next_ns)
            self.close, self.next_ns = bar.close, next_ns + self.bar_ns
            closed.append(bar)

    def continue_after(self, bar: Bar) -> None:
        """Let the series go on after a bar of the venue's history, which replaces what was built of it and before it."""
        self.close, self.next_ns = bar.close, bar.open_ns + self.bar_ns
        self.building = {start: built for start, built in self.building.items() if start >= self.next_ns}

    def restart(self, time_ns: int) -> None:
        """Begin anew at the bar that holds a time: nothing is known of what lies between."""
        self.next_ns = self.floor(time_ns)
        self.building = {start: built for start, built in self.building.items() if start >= self.next_ns}

    @property
    def pending_ns(self) -> int | None:
        """Return the start of the bar that closes next. Before the first price there is nothing to repeat: the first trade's bar."""
        return self.next_ns if self.close else min(self.building, default=None)

    def _empty(self, open_ns: int) -> Bar:
        return Bar(open_ns, self.close, self.close, self.close, self.close)
