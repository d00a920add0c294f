"""The native writer, book, journal and cutter do what their pure namesakes do, call by call."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.contracts.batches import MAX_ROWS, BatchWriter, Best, Levels
from sextant.contracts.scaled import Scale
from sextant.venues.book import Book, BookSide
from sextant.venues.frame_journal import FrameJournal
from sextant.venues.text_frames import cut_texts
from tests.support.frame_bytes import frame_bytes

native = pytest.importorskip(
    "sextant_native", reason="the native module is not installed: make build makes it where cargo is"
)

NAMES = ("alpha", "alpha:BTC/USDT", "spot-0")
whole = st.integers(-(2**63) + 1, 2**63 - 1)
levels = st.lists(st.tuples(st.sampled_from((1, 2)), whole, whole), max_size=4)
calls = st.one_of(
    st.tuples(st.just("trade"), st.tuples(*[whole] * 6)),
    st.tuples(st.just("liquidation"), st.tuples(*[whole] * 5)),
    st.tuples(st.just("quote"), st.tuples(*[whole] * 7)),
    st.tuples(st.just("depth"), st.tuples(*[whole] * 4, levels, st.tuples(*[whole] * 4), st.booleans())),
    st.tuples(st.just("candle"), st.tuples(whole, whole, st.tuples(*[whole] * 4), whole, st.booleans())),
    st.tuples(st.just("value"), st.tuples(*[whole] * 4)),
    st.tuples(st.just("status"), st.tuples(*[whole] * 7)),
    st.tuples(st.just("came"), st.tuples(*[whole] * 3)),
    st.tuples(st.just("came_from"), st.tuples(*[whole] * 3)),
    st.tuples(st.just("close"), st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))),
    st.tuples(st.just("fits"), st.tuples(st.integers(-18, 18), st.integers(-18, 18))),
)
ATTRIBUTES = ("rows", "levels", "first_frame", "last_frame", "receive_ns", "event_ns", "events", "heard_ns")


def call(writer: Any, name: str, values: tuple[Any, ...]) -> object:
    if name == "depth":
        *head, flat, best, is_snapshot = values
        sides, prices, quantities = ([each[place] for each in flat] for place in range(3))
        return writer.depth(*head, Levels(sides, prices, quantities), Best(*best), is_snapshot=is_snapshot)
    if name == "candle":
        return writer.candle(*values[:-1], is_closed=values[-1])
    if name == "close":
        return writer.close_bytes(*values, Scale.of(-2, 0, -8))
    if name == "fits":
        return writer.fits(Scale.of(*values))
    return getattr(writer, name)(*values)


@given(said=st.lists(calls, max_size=25))
def test_the_writers_give_the_same_bytes(said: list[tuple[str, tuple[Any, ...]]]) -> None:
    scale = Scale.of(-2, -5)
    writers = [BatchWriter(*NAMES, scale), native.BatchWriter(*NAMES, scale)]
    for name, values in [*said, ("close", (1, 2))]:
        one, other = (call(writer, name, values) for writer in writers)
        assert one == other
        for attribute in ATTRIBUTES:
            assert getattr(writers[0], attribute) == getattr(writers[1], attribute), attribute
        assert writers[0].scale.exponents == writers[1].scale.exponents


def test_both_are_full_at_the_same_row() -> None:
    writers = [BatchWriter(*NAMES, Scale.of(-2, -5)), native.BatchWriter(*NAMES, Scale.of(-2, -5))]
    for row in range(MAX_ROWS):
        assert [writer.is_full for writer in writers] == [False, False], row
        for writer in writers:
            writer.value(1, 2, 3, 4)
    assert [writer.is_full for writer in writers] == [True, True]


def test_a_number_that_no_column_holds_is_an_error() -> None:
    with pytest.raises(OverflowError):
        native.BatchWriter(*NAMES, Scale.of(-2, -5)).value(1, 2, 3, 2**63)


#: So many prices that removed ones are thrown out on the way.
changes = st.lists(st.tuples(st.integers(0, 400), st.integers(-2, 3).map(lambda n: max(n, 0))), max_size=300)


@given(sign=st.sampled_from((1, -1)), said=st.lists(changes, max_size=6))
def test_the_sides_hold_the_same_levels(sign: int, said: list[list[tuple[int, int]]]) -> None:
    sides = [BookSide(sign), native.BookSide(sign)]
    for number, change in enumerate(said):
        prices, quantities = [price for price, _ in change], [quantity for _, quantity in change]
        for side in sides:
            (side.replace if number == 0 else side.apply)(prices, quantities)
        assert sides[0].levels() == sides[1].levels()
        assert sides[0].best() == sides[1].best()


def test_lists_of_unequal_length_are_an_error_in_both() -> None:
    for side in (BookSide(1), native.BookSide(1)):
        for method in (side.apply, side.replace):
            with pytest.raises(ValueError, match=r"shorter|as many"):
                method([1], [])


def test_a_cleared_book_keeps_its_id() -> None:
    for book in (Book(), native.Book()):
        book.bids.apply([101], [1])
        book.asks.apply([101], [1])
        book.last_id, book.is_whole, book.is_bridged = 7, True, True
        assert book.is_crossed
        book.clear()
        assert not book.is_crossed
        assert (book.last_id, book.is_whole, book.is_bridged) == (7, False, False)
        assert book.bids.levels() == ([], [])


@given(st.lists(st.one_of(st.tuples(st.binary(max_size=9), whole), st.none()), max_size=20))
def test_the_journals_keep_the_same_frames(said: list[tuple[bytes, int] | None]) -> None:
    journals = [FrameJournal(), native.FrameJournal()]
    for each in [*said, None]:
        one, other = (journal.take() if each is None else journal.add(*each) for journal in journals)
        assert one == other
        assert (journals[0].count, journals[0].size) == (journals[1].count, journals[1].size)


heads = st.sampled_from((0x81, 0x01, 0x82, 0x89, 0xC1, 0x80))
payloads = st.sampled_from((0, 1, 125, 126, 127, 128, 65_535, 65_536, 70_000)).map(bytes)


frames = st.builds(frame_bytes, heads | st.just(0x81), payloads, st.sampled_from((0, 0, 0, 0x80)))


@given(
    data=st.lists(frames, max_size=6).map(b"".join) | st.binary(max_size=40),
    cut=st.integers(0, 70_000),
    at=st.integers(0, 9),
    most=st.sampled_from((100, 66_000, 1 << 25)),
)
def test_both_cut_the_same_messages(data: bytes, cut: int, at: int, most: int) -> None:
    data = data[: len(data) - cut % (len(data) + 1)]
    pure, also = list[bytes](), list[bytes]()
    assert cut_texts(data, at, pure, most) == native.cut_texts(data, at, also, most)
    assert pure == also
