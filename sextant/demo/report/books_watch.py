"""Whether ingest says best prices of a book that it called broken, and when each book was whole: read from the batches alone."""

from __future__ import annotations

import bisect
from collections.abc import Iterator

from sextant.contracts.columns import column
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import events_pb2
from sextant.core.identity import Root

_LIVE = int(events_pb2.STREAM_STATUS_LIVE)
#: (arrival, status or None, whether it is a snapshot, best bid, best ask)
_Row = tuple[int, int | None, bool, int, int]


class BookWatch:
    """Follows every book by its statuses and snapshots, in the order of the log.

    A book is broken from a status other than LIVE to the next snapshot row of the same connection and epoch.
    """

    def __init__(self) -> None:
        self._broken: dict[tuple[str, str, int], bool] = {}
        self._turns: dict[str, tuple[list[tuple[str, int]], list[bool]]] = {}
        self.problems: list[str] = []

    def see(self, batch: mirror.EventBatch, at: Root) -> None:
        """Take in the next batch of a partition; `at` is its place as the root that it gives."""
        if not batch.HasField("statuses") and not batch.HasField("depth"):
            return
        key = (batch.instrument, batch.connection, batch.connection_epoch)
        is_broken = self._broken.get(key, False)
        if not is_broken and not batch.HasField("statuses"):
            self._check_crossed(batch, at)
            return
        for _, status, is_snapshot, bid, ask in sorted(_rows(batch)):
            if status is not None:
                is_broken = status != _LIVE
                continue
            is_broken = is_broken and not is_snapshot
            if (bid or ask) and is_broken:
                self._wrong(batch, at, "best prices of a book that is not whole")
        self._check_crossed(batch, at)
        self._broken[key] = is_broken
        self._turn(batch.instrument, at, is_broken)

    def is_broken(self, instrument: str, root: Root) -> bool:
        """Return whether the book was broken after the batch at `root`; False for books that never said anything."""
        places, states = self._turns.get(instrument, ([], []))
        found = bisect.bisect_right(places, (root.source, root.sequence)) - 1
        return found >= 0 and places[found][0] == root.source and states[found]

    def _check_crossed(self, batch: mirror.EventBatch, at: Root) -> None:
        depth = batch.depth
        bids, asks = column(depth.best_bid_price).tolist(), column(depth.best_ask_price).tolist()
        for bid, ask in zip(bids, asks, strict=False):  # a column that is not known is empty
            if bid and ask and bid >= ask:
                self._wrong(batch, at, f"best bid {bid} at or above best ask {ask}")

    def _turn(self, instrument: str, at: Root, is_broken: bool) -> None:
        """Remember when the instrument's book changed, whatever connection and epoch carried it before."""
        places, states = self._turns.setdefault(instrument, ([], []))
        if not states or states[-1] != is_broken:
            places.append((at.source, at.sequence))
            states.append(is_broken)

    def _wrong(self, batch: mirror.EventBatch, at: Root, what: str) -> None:
        self.problems.append(f"{batch.instrument} in {at.source}@{at.sequence}: {what}")


def _rows(batch: mirror.EventBatch) -> Iterator[_Row]:
    for arrival, status in zip(
        column(batch.statuses.arrival).tolist(), column(batch.statuses.status).tolist(), strict=True
    ):
        yield (arrival, status, False, 0, 0)
    depth = batch.depth
    arrivals = column(depth.arrival).tolist()
    zeros = [0] * len(arrivals)
    columns = (depth.is_snapshot, depth.best_bid_price, depth.best_ask_price)
    snapshots, bids, asks = (column(data).tolist() or zeros for data in columns)
    for arrival, snapshot, bid, ask in zip(arrivals, snapshots, bids, asks, strict=True):
        yield (arrival, None, bool(snapshot), bid, ask)
