"""However a socket's reads fall, whatever is in them: both paths journal and say what the same frames say one by one."""

from __future__ import annotations

import random

import pytest

from sextant.core.time import MILLISECOND, SECOND
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.native import PURE
from sextant.venues.stamps import split_stamp
from tests.support.binance_feeds import make_feed, native_path
from tests.support.binance_frames import MarketFrames, damaged

MARKETS = ("spot_btcusdt", "usdm_btcusdt", "cm_btcusd_perp")
_FRAMES = 2_400
#: A key that nobody reads, so that a frame of the usual form is larger than the journal keeps.
_PADDING = b'"data":{"zz":"' + b"x" * 300_000 + b'",'


def stamped(raw: bytes, stamp_ns: int, chance: random.Random) -> bytes:
    """Mostly as a replay sends it; now and then with a stamp that fell, is none, or is more than an int64."""
    match chance.randrange(50):
        case 0:
            return raw
        case 1:
            return b"%d %b" % (stamp_ns - 5 * MILLISECOND, raw)
        case 2:
            return b"%dx %b" % (stamp_ns, raw)
        case 3:
            return b"0 " + raw
        case 4:
            return b"9" * 20 + b" " + raw
        case 5:
            return b"%d " % 2**63 + raw
        case _:
            return b"%d %b" % (stamp_ns, raw)


class Tape:
    """Reads of a made-up market: one frame of twenty is damaged, a few are larger than the journal keeps."""

    def __init__(self, name: str, seed: int, *, is_stamped: bool) -> None:
        self.frames, self._chance = MarketFrames(name, seed), random.Random(seed)
        self._is_stamped = is_stamped
        self._stamp_ns = self.frames.receive_ns

    def read(self) -> list[bytes]:
        return [self._message() for _ in range(self._chance.choice((1, 2, 7, 60, 300)))]

    def _message(self) -> bytes:
        chance, raw = self._chance, self.frames.next()
        if chance.random() < 0.05:
            raw = damaged(raw, chance)
        if chance.random() < 0.003:
            raw = raw.replace(b'"data":{', _PADDING, 1)
        self._stamp_ns += chance.choice((0, 0, MILLISECOND, 300 * MILLISECOND))
        return stamped(raw, self._stamp_ns, chance) if self._is_stamped else raw


def everything(feed: VenueFeed) -> tuple[list[bytes], list[bytes], tuple[int, ...]]:
    counts = feed.counts
    return (
        [said.data for said in feed.take()],
        [piece.batch.SerializeToString() for piece in feed.take_journal()],
        (counts.frames, counts.bytes, counts.refused, counts.batches, feed.gaps, feed.clock.offset_ns),
    )


def equal_pieces(single: VenueFeed, *feeds: VenueFeed) -> int:
    """Take everything, find it equal, and return the pieces of the journal."""
    expected = everything(single)
    assert [everything(feed) for feed in feeds] == [expected] * len(feeds)
    return len(expected[1])


@pytest.mark.parametrize("is_stamped", [True, False], ids=["replay", "live"])
@pytest.mark.parametrize("name", MARKETS)
def test_reads_of_any_size_say_what_single_frames_say(name: str, is_stamped: bool) -> None:
    tape, chance = Tape(name, 7, is_stamped=is_stamped), random.Random(8)
    opened_ns = now_ns = tape.frames.receive_ns
    single, connection = make_feed(name, opened_ns=opened_ns, path=PURE)
    feeds = [make_feed(name, opened_ns=opened_ns, path=path)[0] for path in (PURE, native_path())]
    most_pieces = 0
    while single.counts.frames < _FRAMES:
        read, newest_ns = tape.read(), now_ns
        for message in read:
            stamp_ns, raw = split_stamp(message) if is_stamped else (now_ns, message)
            newest_ns = max(newest_ns, stamp_ns)
            single.on_frame(raw, stamp_ns or newest_ns, connection)
        for feed in feeds:
            assert feed.on_frames(read, now_ns, connection, is_stamped=is_stamped) == newest_ns
        now_ns = newest_ns if is_stamped else now_ns + chance.choice((MILLISECOND, SECOND))
        if single.wanted_snapshots():
            snapshot = tape.frames.snapshot()
            for feed in (single, *feeds):
                feed.on_snapshot(tape.frames.instrument.name, snapshot, now_ns)
        if chance.random() < 0.3:
            most_pieces = max(most_pieces, equal_pieces(single, *feeds))
    equal_pieces(single, *feeds)
    assert most_pieces > 2, "a piece of the journal was full"
    assert 0 < feeds[1].counts.left < single.counts.frames / 2, "native code took the most"
