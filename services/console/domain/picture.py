"""The whole picture that the console holds: newest facts by key, last events, counters."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

from services.console.domain.facts import (
    Anomaly,
    Breaker,
    Decided,
    Filled,
    Fix,
    GroupLag,
    Portfolio,
    Spoken,
    Stream,
    VenueClock,
    Verdict,
)
from services.console.domain.orders import OrderBoard
from services.console.domain.windows import SlidingWindow

_LAST: Final = 20
#: An epoch that jumps farther than this began anew with ingest's start, which is one reconnect.
_LARGEST_STEP: Final = 10_000


def _last() -> deque[Spoken]:
    return deque(maxlen=_LAST)


@dataclass(slots=True)
class Latency:
    """Times of one stage, ms: `wait` from the stage before to the read, `work` from the read to the write."""

    wait: SlidingWindow = field(default_factory=SlidingWindow)
    work: SlidingWindow = field(default_factory=SlidingWindow)


@dataclass(slots=True)
class ConnectionCount:
    """What one connection has counted in its epoch, and how often it began a new one while we looked."""

    epoch: int
    frames: int = 0
    gaps: int = 0
    refused: int = 0
    reconnects: int = 0
    frames_per_s: float = 0.0
    said_ns: int = 0


@dataclass(slots=True)
class Picture:
    """Everything that can be shown."""

    title: str
    venues: tuple[str, ...]
    started_ns: int
    streams: dict[tuple[str, str], Stream] = field(default_factory=dict)
    connections: dict[tuple[str, str], ConnectionCount] = field(default_factory=dict)
    clocks: dict[str, VenueClock] = field(default_factory=dict)
    markets: dict[str, bool] = field(default_factory=dict)
    fixes: dict[str, Fix] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    signals: deque[Spoken] = field(default_factory=_last)
    intents: deque[Spoken] = field(default_factory=_last)
    decisions: deque[Decided] = field(default_factory=lambda: deque(maxlen=_LAST))
    fills: deque[Filled] = field(default_factory=lambda: deque(maxlen=_LAST))
    anomalies: deque[Anomaly] = field(default_factory=lambda: deque(maxlen=_LAST))
    refused: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    orders: OrderBoard = field(default_factory=OrderBoard)
    portfolios: dict[str, Portfolio] = field(default_factory=dict)
    breakers: dict[str, Breaker] = field(default_factory=dict)
    latency: dict[str, Latency] = field(default_factory=dict)
    tick_to_order: SlidingWindow = field(default_factory=SlidingWindow)
    lags: tuple[GroupLag, ...] = ()
    unreadable: int = 0
    is_caught_up: bool = False

    def hear(self, stream: Stream) -> None:
        """Take the status of one stream; its connection's counters go on over reconnects."""
        known = self.streams.get((stream.instrument, stream.connection))
        if known is not None and known.said_ns > stream.said_ns:
            return
        self.streams[stream.instrument, stream.connection] = stream
        self._count(stream)

    def fix(self, fix: Fix) -> None:
        """Take a fix; an older one than the known changes nothing."""
        known = self.fixes.get(fix.asset)
        if known is None or known.event_ns <= fix.event_ns:
            self.fixes[fix.asset] = fix

    def _count(self, stream: Stream) -> None:
        key = (stream.venue, stream.connection)
        count = self.connections.get(key)
        if count is None:
            count = self.connections[key] = ConnectionCount(stream.epoch)
        elif count.epoch > stream.epoch:
            return
        elif count.epoch < stream.epoch:
            step = stream.epoch - count.epoch
            reconnects = count.reconnects + (step if step < _LARGEST_STEP else 1)
            count = self.connections[key] = ConnectionCount(stream.epoch, reconnects=reconnects)
        elapsed_ns = stream.said_ns - count.said_ns
        if count.said_ns and elapsed_ns > 0 and stream.frames >= count.frames:
            count.frames_per_s = (stream.frames - count.frames) * 1e9 / elapsed_ns
        count.frames, count.gaps = max(count.frames, stream.frames), max(count.gaps, stream.gaps)
        count.refused = max(count.refused, stream.refused)
        count.said_ns = max(count.said_ns, stream.said_ns)
