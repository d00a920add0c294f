"""Whatever a venue sends: the native path says what the pure one says, refuses what it refuses, and for the same reason."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.core.time import MILLISECOND
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.clock_offset import LEAD_NS
from sextant.venues.native import PURE
from tests.support.binance_feeds import make_feed, native_path
from tests.support.binance_frames import MarketFrames, damaged

MARKETS = ("spot_btcusdt", "usdm_btcusdt", "cm_btcusd_perp")
_FRAMES = 1_200
_DAMAGED = 0.4


class Pair:
    """The same frames into a feed of each path."""

    def __init__(self, name: str, opened_ns: int) -> None:
        self.pure, self.connection = make_feed(name, opened_ns=opened_ns, path=PURE)
        self.native, _ = make_feed(name, opened_ns=opened_ns, path=native_path())

    def on_frame(self, raw: bytes, receive_ns: int) -> None:
        for feed in (self.pure, self.native):
            feed.on_frame(raw, receive_ns, self.connection)

    def mend(self, frames: MarketFrames) -> None:
        """Give both the snapshot that they want."""
        wanted = [feed.wanted_snapshots() for feed in (self.pure, self.native)]
        assert wanted[0] == wanted[1]
        if wanted[0]:
            raw = frames.snapshot()
            answers = {
                feed.on_snapshot(frames.instrument.name, raw, frames.receive_ns)
                for feed in (self.pure, self.native)
            }
            assert len(answers) == 1

    def assert_equal(self, raw: bytes = b"") -> None:
        assert _said(self.pure) == _said(self.native), raw
        assert self.pure.counts.refused == self.native.counts.refused, raw
        assert _reasons(self.pure) == _reasons(self.native), raw
        for name, book in self.pure.books.items():
            other = self.native.books[name]
            assert book.best == other.best, raw
            assert (book.gaps, book.sync.last_id, book.scale.exponents) == (
                *(other.gaps, other.sync.last_id),
                other.scale.exponents,
            )
            assert book.sync.book.bids.levels() == other.sync.book.bids.levels()
            assert book.sync.book.asks.levels() == other.sync.book.asks.levels()


def _said(feed: VenueFeed) -> list[bytes]:
    return [said.data for said in feed.take()]


def _reasons(feed: VenueFeed) -> list[list[str]]:
    return [list(piece.batch.refusals) for piece in feed.take_journal()]


@pytest.mark.parametrize("name", MARKETS)
def test_frames_of_the_usual_form_are_not_left_to_python(name: str) -> None:
    frames = MarketFrames(name, seed=1)
    pair = Pair(name, frames.receive_ns)
    for number in range(1_000):
        pair.on_frame(frames.next(), frames.receive_ns)
        pair.mend(frames)
        if number % 7 == 0:
            pair.assert_equal()
    pair.assert_equal()
    assert (pair.pure.counts.left, pair.pure.counts.refused) == (0, 0)
    # Fills of the insurance fund, the first change before a snapshot, crossed books.
    assert pair.native.counts.left < 40


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", MARKETS)
def test_damaged_frames_among_good_ones_are_never_misread(name: str, seed: int) -> None:
    frames, chance = MarketFrames(name, seed), random.Random(seed)
    pair = Pair(name, frames.receive_ns)
    pair.on_frame(frames.next(), frames.receive_ns)
    for number in range(_FRAMES):
        raw = frames.next()
        if chance.random() < _DAMAGED:
            raw = damaged(raw, chance)
        pair.on_frame(raw, frames.receive_ns)
        pair.mend(frames)
        if number % 3 == 0:
            pair.assert_equal(raw)
    pair.assert_equal()
    assert pair.pure.counts.refused > _FRAMES // 20
    assert pair.native.counts.left > 0


@pytest.mark.parametrize("name", MARKETS)
def test_stamps_around_the_bound_are_refused_alike(name: str) -> None:
    frames, chance = MarketFrames(name, 5), random.Random(5)
    pair = Pair(name, frames.receive_ns)
    for number in range(600):
        raw = frames.next()
        if number >= 100 and chance.random() < 0.2:
            stamp_ms = (frames.receive_ns + LEAD_NS) // MILLISECOND + chance.choice((-1, 0, 1, 10**12))
            raw = re.sub(chance.choice((rb'("E":)\d+', rb'("T":)\d+')), rb"\g<1>%d" % stamp_ms, raw)
        pair.on_frame(raw, frames.receive_ns)
        pair.mend(frames)
        said = pair.pure.take()
        assert [each.data for each in said] == _said(pair.native), raw
        assert all(each.batch.event_time_ns <= frames.receive_ns + LEAD_NS for each in said)
        pair.assert_equal(raw)
    assert pair.pure.counts.refused > 20


edits = st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 3), st.binary(max_size=4)), max_size=4)


@given(edits=edits, name=st.sampled_from(MARKETS), seed=st.integers(0, 50))
def test_any_edit_of_a_frame_is_read_alike(edits: list[tuple[int, int, bytes]], name: str, seed: int) -> None:
    frames = MarketFrames(name, seed)
    pair = Pair(name, frames.receive_ns)
    for _ in range(4):
        pair.on_frame(frames.next(), frames.receive_ns)
        pair.mend(frames)
    raw = frames.next()
    for at, length, by in edits:
        at %= len(raw) + 1
        raw = raw[:at] + by + raw[at + length :]
    for each in (raw, frames.next()):
        pair.on_frame(each, frames.receive_ns)
    pair.assert_equal(raw)
