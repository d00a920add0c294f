"""What is known of one instrument's book, in the venue's own event time."""

from __future__ import annotations

from dataclasses import dataclass

from services.triangulation.domain.values import (
    BOOK_INVALID,
    NO_RATE,
    STALE,
    VALID,
    Judgement,
    Listing,
    Observation,
    Top,
)


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
        self.newest_ns = max(self.newest_ns, seen.event_time_ns)
        if seen.is_whole is not None:
            self.is_whole = seen.is_whole
        self._forget_ids_of_other_epochs(seen)
        if seen.top is not None and not self._is_older(seen.top):
            self._take(seen.top, seen)
            return True
        return seen.is_whole is not None

    def _take(self, top: Top, seen: Observation) -> None:
        self.bid, self.ask, self.has_quote = top.bid, top.ask, True
        self.quote_time_ns = max(self.quote_time_ns, min(top.time_ns or seen.event_time_ns, self.newest_ns))
        if top.update_id:
            self.update_id, self.connection, self.epoch = top.update_id, seen.connection, seen.epoch

    def _forget_ids_of_other_epochs(self, seen: Observation) -> None:
        """A venue may count anew after a reconnect or while its book is not whole."""
        is_reconnected = seen.connection == self.connection and seen.epoch != self.epoch
        if is_reconnected or not self.is_whole:
            self.update_id = 0

    def _is_older(self, top: Top) -> bool:
        # Depth comes in slower steps than quotes: its best prices may be older than the quote already held.
        return 0 < top.update_id < self.update_id
