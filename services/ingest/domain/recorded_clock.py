"""The clock that the receive stamps of a replay make."""

from __future__ import annotations

from sextant.core.time import SECOND

#: A silent venue's clock follows the others this far behind, so that frames still on their way are not overtaken.
_SLACK_NS = SECOND


class RecordedClock:
    """The newest receive stamp over all venues of a replay: the receive clock while a recording plays."""

    def __init__(self) -> None:
        self.newest_ns = 0

    def saw(self, stamp_ns: int) -> None:
        if stamp_ns > self.newest_ns:
            self.newest_ns = stamp_ns

    def for_venue(self, own_newest_ns: int) -> int:
        """Return the receive clock of a venue whose own newest stamp is given; 0 before the recording begins."""
        return max(own_newest_ns, self.newest_ns - _SLACK_NS if self.newest_ns else 0)
