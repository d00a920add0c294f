"""A book is whole exactly while every change since its snapshot has been seen."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.venues.binance.book_sync import BookSync, Change, Outcome
from sextant.venues.book import Book, BookSide

levels = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3)), max_size=40)


@given(changes=levels, sign=st.sampled_from((1, -1)))
def test_the_best_level_is_that_of_a_plain_mapping(changes: list[tuple[int, int]], sign: int) -> None:
    side, held = BookSide(sign), dict[int, int]()
    for price, quantity in changes:
        side.apply([price], [quantity])
        held[price] = quantity
        held = {p: q for p, q in held.items() if q}
        best = max(held, key=lambda p: sign * p) if held else 0
        assert side.best() == (best, held.get(best, 0))
    prices, quantities = side.levels()
    assert prices == sorted(held, reverse=sign == 1)
    assert dict(zip(prices, quantities, strict=True)) == held


def test_a_book_whose_bid_meets_its_ask_is_crossed() -> None:
    book = Book()
    book.bids.apply([100], [1])
    book.asks.apply([101], [1])
    assert not book.is_crossed
    book.bids.apply([101], [1])
    assert book.is_crossed


def change(first: int, last: int, previous: int | None = None, *, bid: int = 0) -> Change:
    """A change that sets the bid at its last id to 1, so that a book shows which changes it has."""
    return Change(first, last, first - 1 if previous is None else previous, [bid or last], [1], [], [])


EMPTY: tuple[list[int], list[int]] = ([], [])


def synced(*, is_chained: bool, at: int = 100) -> BookSync:
    sync = BookSync(is_chained=is_chained)
    sync.apply(change(at - 5, at - 1))
    assert sync.bridge(at, ([1], [1]), EMPTY)
    return sync


@pytest.mark.parametrize("first", [95, 100, 101])
def test_spot_begins_with_a_change_that_reaches_over_the_snapshot(first: int) -> None:
    sync = synced(is_chained=False)
    assert sync.apply(change(first, 105)) is Outcome.APPLIED
    assert sync.is_whole


def test_changes_that_the_snapshot_holds_are_dropped_silently() -> None:
    sync = synced(is_chained=False)
    assert sync.apply(change(98, 100)) is Outcome.COVERED
    assert sync.is_whole


@pytest.mark.parametrize("is_chained", [False, True])
def test_a_missing_change_makes_the_book_invalid(is_chained: bool) -> None:
    sync = synced(is_chained=is_chained)
    assert sync.apply(change(101, 105)) is Outcome.APPLIED
    assert sync.apply(change(107, 110)) is Outcome.GAP
    assert not sync.is_whole
    assert sync.has_changes


@pytest.mark.parametrize("is_chained", [False, True])
def test_a_change_out_of_order_makes_the_book_invalid(is_chained: bool) -> None:
    sync = synced(is_chained=is_chained)
    sync.apply(change(101, 105))
    sync.apply(change(106, 110))
    assert sync.apply(change(101, 105)) is Outcome.OUT_OF_ORDER
    assert not sync.is_whole


def test_futures_follow_the_chain_though_ids_jump() -> None:
    sync = synced(is_chained=True)
    assert sync.apply(change(103, 105, previous=99)) is Outcome.APPLIED
    assert sync.apply(change(120, 130, previous=105)) is Outcome.APPLIED
    assert sync.apply(change(140, 150, previous=131)) is Outcome.GAP


def test_a_snapshot_older_than_the_changes_is_refused() -> None:
    sync = BookSync(is_chained=False)
    sync.apply(change(101, 105))
    assert not sync.bridge(99, EMPTY, EMPTY)
    assert not sync.is_whole
    assert sync.bridge(100, EMPTY, EMPTY)


def test_a_crossed_book_is_invalid() -> None:
    sync = synced(is_chained=False)
    assert sync.apply(Change(101, 101, 100, [10], [1], [9], [1])) is Outcome.CROSSED
    assert not sync.is_whole


@given(
    cuts=st.lists(st.integers(1, 60), min_size=2, max_size=12, unique=True).map(sorted),
    snapshot_at=st.integers(0, 60),
    arrives_after=st.integers(0, 12),
)
def test_wherever_the_snapshot_falls_a_whole_book_holds_every_change_once(
    cuts: list[int], snapshot_at: int, arrives_after: int
) -> None:
    changes = [change(before + 1, last) for before, last in pairwise([0, *cuts])]
    sync = BookSync(is_chained=False)
    for number, each in enumerate(changes):
        if number == arrives_after:
            taken = [each.last for each in changes if each.last <= snapshot_at]
            sync.bridge(snapshot_at, (taken, [1] * len(taken)), EMPTY)
        sync.apply(each)
        if sync.is_whole and sync.last_id == each.last:
            assert set(sync.book.bids.levels()[0]) == {one.last for one in changes[: number + 1]}
