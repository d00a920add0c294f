"""On the recordings the native path says the same bytes as the pure one, and does nearly all of the work."""

from __future__ import annotations

import pytest

from sextant.venues.binance.feed import VenueFeed
from sextant.venues.native import PURE
from tests.support.binance_feeds import RECORDED, make_feed, native_path, recorded_instrument, recording

_SNAPSHOT = b'{"lastUpdateId"'
#: Batches of so many frames at first (a prime, so that cuts wander), then only those that are closed because they are full.
_PER_BATCH, _CUT = 61, 3_000
_LIMIT = 12_000


@pytest.mark.parametrize("name", RECORDED)
def test_both_paths_say_the_same_bytes(name: str) -> None:
    feeds = [make_feed(name, path=path) for path in (PURE, native_path())]
    instrument = recorded_instrument(name)[1].name
    batches = 0
    for number, (receive_ns, raw) in enumerate(recording(name, _LIMIT)):
        for feed, connection in feeds:
            if raw.startswith(_SNAPSHOT):
                assert feed.on_snapshot(instrument, raw, receive_ns)
            else:
                feed.on_frame(raw, receive_ns, connection)
        if number < _CUT and number % _PER_BATCH == 0:
            batches += _assert_equal(*(feed for feed, _ in feeds))
    assert batches + _assert_equal(*(feed for feed, _ in feeds)) > _CUT // _PER_BATCH
    pure, native = (feed for feed, _ in feeds)
    assert pure.books[instrument].sync.book.bids.levels() == native.books[instrument].sync.book.bids.levels()
    assert pure.books[instrument].sync.book.asks.levels() == native.books[instrument].sync.book.asks.levels()
    assert (pure.counts.left, pure.events, pure.gaps) == (0, native.events, native.gaps)
    # Left are the depth events that came before the snapshot.
    assert native.counts.left < 30


def _assert_equal(pure: VenueFeed, native: VenueFeed) -> int:
    said, also = pure.take(), native.take()
    assert [each.data for each in said] == [each.data for each in also]
    assert [each.receive_ns for each in said] == [each.receive_ns for each in also]
    assert pure.clock.offset_ns == native.clock.offset_ns
    return len(said)
