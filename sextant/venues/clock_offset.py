"""How far a venue's clock is from ours, estimated from what both of them stamped."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from sextant.core.time import MILLISECOND, SECOND

if TYPE_CHECKING:
    from sextant_native import ClockBounds

_BUCKET_NS: Final = 5 * SECOND
_BUCKETS: Final = 12
_SAMPLES: Final = 16
#: Venues stamp in whole milliseconds: half of one on average, at most one.
_STAMP_NS: Final = MILLISECOND
#: Far more than clocks differ. Event time never goes back: one stamp beyond it would make all that comes after look old for ever.
LEAD_NS: Final = 60 * SECOND


class ClockOffset:
    """Venue clock minus ours, ns.

    A time request bounds it on both sides: the sample with the shortest round trip wins (Cristian, 1989), to half of that trip.
    Without one, event stamps bound it on one side only: event minus receive time is the offset less the delay, so the largest of
    the last minute is nearest, short by the shortest delay. `bounds` is the native path's copy of what it has to know of this.
    Who has a stamp asks is_ahead() first: what is, says nothing.
    """

    def __init__(self, bounds: ClockBounds | None = None, lead_ns: int = LEAD_NS) -> None:
        self._bounds, self.lead_ns = bounds, lead_ns
        self._asked: deque[tuple[int, int]] = deque(maxlen=_SAMPLES)
        self._largest: deque[int] = deque(maxlen=_BUCKETS)
        self._smallest: deque[int] = deque(maxlen=_BUCKETS)
        #: What the open bucket holds already: an event inside these bounds and before this time changes nothing.
        self.low_ns = self.high_ns = self.until_ns = 0
        self.offset_ns = 0
        self.uncertainty_ns = 0
        self.is_known = False

    def is_ahead(self, stamp_ns: int, receive_ns: int) -> bool:
        """Whether a stamp of the venue is further ahead of when it came than its clock may be."""
        return stamp_ns - receive_ns > self.lead_ns

    def asked(self, sent_ns: int, server_ns: int, received_ns: int) -> None:
        """Take one answer of the venue's time call; `server_ns` is a whole millisecond."""
        trip = max(received_ns - sent_ns, 0)
        middle = sent_ns + trip // 2
        self._asked.append((trip // 2 + _STAMP_NS // 2, server_ns + _STAMP_NS // 2 - middle))
        self.uncertainty_ns, self.offset_ns = min(self._asked)
        self.is_known = True
        self._share()

    def saw(self, event_ns: int, receive_ns: int) -> None:
        """Take one event: when the venue stamped it and when it came."""
        delta = event_ns - receive_ns
        if receive_ns >= self.until_ns or not self._largest:
            self.until_ns = receive_ns + _BUCKET_NS
            self._largest.append(delta)
            self._smallest.append(delta)
        else:
            self._largest[-1] = max(self._largest[-1], delta)
            self._smallest[-1] = min(self._smallest[-1], delta)
        self.low_ns, self.high_ns = self._smallest[-1], self._largest[-1]
        if not self._asked:
            self.offset_ns = max(self._largest)
            self.uncertainty_ns = max(self.offset_ns - min(self._smallest), _STAMP_NS)
            self.is_known = True
        self._share()

    def _share(self) -> None:
        if self._bounds is not None:
            self._bounds.set(self.low_ns, self.high_ns, self.until_ns, self.offset_ns)
