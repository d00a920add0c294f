"""Decimals survive texts and steps exactly, and nothing else passes for a number."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.core.decimals import (
    LEDGER_CONTEXT,
    ceil_to,
    exponent_of,
    floor_to,
    from_statistic,
    is_multiple,
    parse_decimal,
    to_text,
)
from sextant.core.errors import InvalidValue

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=18)
steps = st.one_of(
    st.integers(-18, 6).map(lambda exponent: Decimal(1).scaleb(exponent)),
    st.sampled_from([Decimal("0.05"), Decimal("0.25"), Decimal("2.5"), Decimal("5"), Decimal("0.00000300")]),
)
amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=10)


@given(value=numbers)
def test_a_number_survives_the_wire(value: Decimal) -> None:
    text = to_text(value)
    assert parse_decimal(text) == value
    assert "E" not in text.upper()
    assert text != "-0"


@given(value=st.decimals(allow_nan=False, allow_infinity=False))
def test_the_wires_text_is_fixed_notation_for_any_finite_number(value: Decimal) -> None:
    if abs(value.adjusted()) < 60:
        assert Decimal(to_text(value)) == value
        assert "E" not in to_text(value)


@pytest.mark.parametrize("text", ["0", "-0", "0.00000001", "1E-8", "12.", "+3.5", "1e+3", "-7.25E2"])
def test_a_venues_plain_numbers_are_taken(text: str) -> None:
    assert parse_decimal(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "NaN",
        "Infinity",
        "-inf",
        "1_000",
        "1,5",
        "0x1",
        ".5",
        "٣",
        "１",
        "1e9999",
        "1" * 65,
        "1\n",
    ],
)
def test_other_texts_are_refused_with_the_fields_name(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"^price: expected a plain decimal number as text"):
        parse_decimal(text, field="price")


def test_only_texts_are_parsed() -> None:
    """A float that slipped through would carry its binary tail into the books."""
    with pytest.raises(InvalidValue):
        parse_decimal(0.1)  # type: ignore[arg-type]  # what the test is about


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_not_finite_has_no_text(value: str) -> None:
    with pytest.raises(InvalidValue, match="finite"):
        to_text(Decimal(value))


@given(value=amounts, step=steps)
def test_floor_and_ceiling_enclose_the_number_by_less_than_a_step(value: Decimal, step: Decimal) -> None:
    low, high = floor_to(value, step), ceil_to(value, step)
    assert low <= value <= high
    assert high - low in (0, step)
    assert (high == low) == is_multiple(value, step)


@given(count=st.integers(-(10**12), 10**12), step=steps)
def test_whole_multiples_are_left_alone_and_lie_on_the_steps_exponent(count: int, step: Decimal) -> None:
    value = count * step
    assert floor_to(value, step) == ceil_to(value, step) == value
    assert is_multiple(value, step)
    assert value.scaleb(-exponent_of(step)) == int(value.scaleb(-exponent_of(step)))


@given(value=amounts, step=steps)
def test_flooring_twice_is_flooring_once(value: Decimal, step: Decimal) -> None:
    assert floor_to(floor_to(value, step), step) == floor_to(value, step)


@pytest.mark.parametrize("step", ["0", "-0.01"])
def test_a_step_is_above_zero(step: str) -> None:
    for use in (lambda s: floor_to(Decimal(1), s), lambda s: ceil_to(Decimal(1), s), exponent_of):
        with pytest.raises(InvalidValue, match="step: expected a number above zero"):
            use(Decimal(step))


@given(value=st.floats(-1e12, 1e12, allow_nan=False), step=steps)
def test_statistics_cross_to_a_multiple_of_the_step_on_the_asked_side(value: float, step: Decimal) -> None:
    low, high = from_statistic(value, step, ROUND_FLOOR), from_statistic(value, step, ROUND_CEILING)
    exact = Decimal(repr(value))
    assert is_multiple(low, step)
    assert is_multiple(high, step)
    assert low <= exact <= high
    assert low <= from_statistic(value, step, ROUND_HALF_EVEN) <= high


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_statistic_that_is_not_finite_never_becomes_money(value: float) -> None:
    with pytest.raises(InvalidValue, match="statistic"):
        from_statistic(value, Decimal("0.01"))


@given(values=st.lists(numbers, max_size=50))
def test_the_ledgers_context_sums_without_rounding(values: list[Decimal]) -> None:
    total = Decimal(0)
    for value in values:
        total = LEDGER_CONTEXT.add(total, value)
    scaled = sum(int(value.scaleb(18, LEDGER_CONTEXT)) for value in values)
    assert total == Decimal(scaled).scaleb(-18, LEDGER_CONTEXT)
