"""Books against quotes: numbers are compared exactly, whatever the exponents of their columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.market.books import Best, BookAgainstQuotes

BEST = Best(60_000_00, 5, 60_001_00, 7, -2, -5)
numbers = st.integers(1, 2**62)


def compared(book: Best, quote: Best) -> tuple[int, int]:
    return BookAgainstQuotes({9: book}, {9: quote, 4: BEST}).compare()


def test_equal_numbers_at_other_exponents_are_no_difference() -> None:
    assert compared(BEST, Best(60_000, 500, 60_001, 700, 0, -7)) == (1, 0)


def test_equal_integers_at_other_exponents_are_a_difference() -> None:
    assert compared(BEST, BEST._replace(price_exponent=-3)) == (1, 1)
    assert compared(BEST, BEST._replace(quantity_exponent=-4)) == (1, 1)


@pytest.mark.parametrize("name", ["bid", "bid_quantity", "ask", "ask_quantity"])
def test_a_difference_of_the_smallest_unit_is_found_in_each_column(name: str) -> None:
    assert compared(BEST, BEST._replace(**{name: getattr(BEST, name) + 1})) == (1, 1)


@given(numbers, numbers, numbers, numbers, st.integers(0, 8), st.integers(0, 8))
def test_a_finer_exponent_says_the_same_and_one_unit_of_it_more_does_not(
    bid: int, size: int, ask: int, ask_size: int, finer: int, finer_quantity: int
) -> None:
    best = Best(bid, size, ask, ask_size, -2, -5)
    factor, quantity = 10**finer, 10**finer_quantity
    same = Best(
        bid * factor, size * quantity, ask * factor, ask_size * quantity, -2 - finer, -5 - finer_quantity
    )
    assert best.says(same)
    assert same.says(best)
    assert not best.says(same._replace(ask=same.ask + 1))


def test_one_altered_level_is_found() -> None:
    books = BookAgainstQuotes({9: BEST, 10: BEST}, {9: BEST, 10: BEST})
    books.alter_one_level()
    assert books.compare() == (2, 1)
