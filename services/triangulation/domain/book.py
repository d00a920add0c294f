"""What is known of one instrument's book, in the venue's own event time."""

from __future__ import annotations

from dataclasses import dataclass

from services.triangulation.domain.values import (
    BOOK_INVALID,
    NO_RATE,
    STALE,
    VALID,
    Listing,
    Observation,
    Top,
)
from sextant.core.vocabulary import Judgement


@dataclass(slots=True)
class Book:
    """State of one instrument. Prices in its quote asset; `offset_ns` is the venue's clock minus ours."""

    listing: Listing
    weight: float
    offset_ns: int = 0
    bid: float = 0.0
    ask: float = 0.0
    has_quote: bool = False
    quote_time_ns: int = 0
    newest_ns: int = 0
    update_id: int = 0
    connection: str = ""
    epoch: int = 0
    is_whole: bool = True
    judgement: Judgement = Judgement.UNSPECIFIED
    mid: float = 0.0
    distance_bp: float = 0.0

    def judge(self, rate: float | None, our_now_ns: int, fresh_ns: int) -> Judgement:
        """Set and return what this book deserves by itself: not valid where it is not whole, one-sided, crossed, stale or without a rate."""
        is_sound = 0.0 < self.bid < self.ask
        self.mid = (self.bid + self.ask) / 2.0 * rate if rate and is_sound else 0.0
        if not self.is_whole or (self.has_quote and not is_sound):
            self.judgement = BOOK_INVALID
        elif not self.has_quote or self.age_ns(our_now_ns) > fresh_ns:
            self.judgement = STALE
        else:
            self.judgement = VALID if rate else NO_RATE
        return self.judgement

    def age_ns(self, our_now_ns: int) -> int:
        """Return the age of the newest quote on our clock; the whole time since the epoch when there was none."""
        return max(our_now_ns - self.quote_time_ns + self.offset_ns, 0) if self.has_quote else our_now_ns

    def observe(self, seen: Observation) -> bool:
        """Take in an observation and return whether it says anything about the book."""
        _, _, event_time_ns, connection, epoch, top, is_whole = seen
        if event_time_ns > self.newest_ns:
            self.newest_ns = event_time_ns
        if is_whole is not None:
            self.is_whole = is_whole
        # A venue may count anew after a reconnect or while its book is not whole.
        if not self.is_whole or (epoch != self.epoch and connection == self.connection):
            self.update_id = 0
        # Depth comes in slower steps than quotes: its best prices may be older than the quote already held.
        if top is not None and not 0 < top.update_id < self.update_id:
            self._take(top, event_time_ns)
            if top.update_id:
                self.update_id, self.connection, self.epoch = top.update_id, connection, epoch
            return True
        return is_whole is not None

    def _take(self, top: Top, event_time_ns: int) -> None:
        self.bid, self.ask, time_ns, _ = top
        self.has_quote = True
        self.quote_time_ns = max(self.quote_time_ns, min(time_ns or event_time_ns, self.newest_ns))
