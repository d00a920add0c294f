"""A paper book holds what its batches said last of each level, whatever units each of them counts in."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.core.instruments import Side
from sextant.venues.paper.book import PaperBook
from tests.support.batches import event_batch, pack

Level = tuple[int, int, int]
Row = tuple[bool, list[Level]]
Batch = tuple[int, int, list[Row]]

LEVELS = st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(1, 12), st.integers(0, 3)), max_size=6)
ROWS = st.lists(st.tuples(st.booleans(), LEVELS), min_size=1, max_size=4)
BATCHES = st.lists(st.tuples(st.integers(-4, 0), st.integers(-3, 0), ROWS), max_size=6)


def depth(price_exponent: int, quantity_exponent: int, rows: list[Row]) -> mirror.EventBatch:
    """A batch of depth messages (is snapshot, levels of side, price and quantity); it calls its book whole."""
    levels = [level for _, each in rows for level in each]
    nothing = [0] * len(rows)
    table = mirror.DepthColumns(
        price_exponent=price_exponent,
        quantity_exponent=quantity_exponent,
        arrival=pack(nothing),
        receive_time_ns=pack(nothing),
        is_snapshot=pack([int(is_snapshot) for is_snapshot, _ in rows]),
        level_count=pack([len(each) for _, each in rows]),
        level_side=pack([side for side, _, _ in levels]),
        level_price=pack([price for _, price, _ in levels]),
        level_quantity=pack([quantity for _, _, quantity in levels]),
        best_bid_price=pack([1] * len(rows)),
        best_ask_price=pack([2] * len(rows)),
    )
    return event_batch("alpha:BTC/USDT", 1, depth=table)


@given(BATCHES)
def test_levels_are_what_was_said_of_them_last(batches: list[Batch]) -> None:
    book, expected = PaperBook(), dict[tuple[int, Decimal], Decimal]()
    for price_exponent, quantity_exponent, rows in batches:
        book.apply(depth(price_exponent, quantity_exponent, rows))
        for is_snapshot, levels in rows:
            if is_snapshot:
                expected.clear()
            for code, price, quantity in levels:
                expected[code, Decimal(price).scaleb(price_exponent)] = Decimal(quantity).scaleb(
                    quantity_exponent
                )
    for code, side in ((1, Side.BUY), (2, Side.SELL)):
        wanted = [(at, held) for (of, at), held in expected.items() if of == code and held]
        assert list(book.levels(side)) == sorted(wanted, reverse=side is Side.BUY)


@given(st.integers(-4, 0))
def test_what_was_taken_stays_taken_until_the_market_speaks_of_the_level_in_any_units(exponent: int) -> None:
    book = PaperBook()
    book.apply(depth(-1, 0, [(True, [(2, 1000, 5), (2, 1010, 5)])]))
    book.take(Side.SELL, Decimal(100), Decimal(2))
    book.apply(depth(exponent, 0, [(False, [(2, 101 * int(10**-exponent), 7)])]))
    assert list(book.levels(Side.SELL)) == [(Decimal(100), Decimal(3)), (Decimal(101), Decimal(7))]
    book.apply(depth(exponent, 0, [(False, [(2, 100 * int(10**-exponent), 4)])]))
    assert list(book.levels(Side.SELL)) == [(Decimal(100), Decimal(4)), (Decimal(101), Decimal(7))]
