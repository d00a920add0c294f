"""Number text becomes exact integers, or is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.contracts.scaled import LARGEST, DoesNotFit, Scale, ScaledTexts, finest, scaled
from sextant.core.errors import InvalidValue

plain = st.from_regex(r"\A-?[0-9]{1,10}(\.[0-9]{1,8})?\Z")


@given(text=plain, exponent=st.integers(-12, 4))
def test_a_number_is_exact_or_does_not_fit(text: str, exponent: int) -> None:
    try:
        value = scaled(text, exponent)
    except DoesNotFit:
        assert Decimal(text).scaleb(-exponent) % 1 != 0 or abs(Decimal(text).scaleb(-exponent)) > LARGEST
    else:
        assert Decimal(value).scaleb(exponent) == Decimal(text)


@given(text=plain.filter(lambda text: not text.startswith("-")), exponent=st.integers(-12, 4))
def test_remembered_texts_say_what_the_strict_function_says(text: str, exponent: int) -> None:
    texts = ScaledTexts(exponent)
    try:
        expected = scaled(text, exponent)
    except DoesNotFit:
        with pytest.raises(DoesNotFit):
            texts[text]
    else:
        assert texts[text] == texts[text] == expected


@given(texts=st.lists(plain, min_size=1, max_size=6), default=st.integers(-8, 2))
def test_the_finest_exponent_says_all_texts(texts: list[str], default: int) -> None:
    exponent = finest(texts, default)
    assert [Decimal(scaled(text, exponent)).scaleb(exponent) for text in texts] == [
        Decimal(text) for text in texts
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "+1",
        "1_0",
        "1e5",
        "1E-8",
        ".5",
        "5.",
        "--1",
        "1.2.3",
        "NaN",
        "inf",
        "0x1",
        "١٢",
        "１",
        "1,0",
        "9" * 65,
    ],
)
@pytest.mark.parametrize("exponent", [0, -2, -8])
def test_anything_but_a_plain_number_is_refused(text: str, exponent: int) -> None:
    with pytest.raises(InvalidValue) as refused:
        ScaledTexts(exponent, signed=True)[text]
    assert not isinstance(refused.value, DoesNotFit)


def test_negative_numbers_are_refused_where_they_make_no_sense() -> None:
    scale = Scale.of(-2, -8)
    with pytest.raises(InvalidValue):
        scale.price["-1.00"]
    assert scale.value["-0.00010000"] == -10_000


def test_memory_of_texts_is_bounded() -> None:
    texts = ScaledTexts(0)
    for number in range(50_000):
        assert texts[str(number)] == number
    assert len(texts) <= 4_096
