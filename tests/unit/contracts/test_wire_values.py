"""Numbers and enums of the wire: exact both ways, and an error names the field and what was expected."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.values import above_zero, decimal_of, enum_of, wire
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Side


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**20), max_value=10**20))
def test_a_number_comes_back_as_it_went(value: Decimal) -> None:
    assert decimal_of(wire(value), "price") == value


def test_an_absent_number_is_zero_and_not_above_it() -> None:
    assert decimal_of(values_pb2.Decimal(), "price") == 0
    for text in ("", "0", "-1"):
        with pytest.raises(InvalidValue, match=r"instrument\.tick"):
            above_zero(values_pb2.Decimal(value=text), "instrument.tick")


def test_an_unknown_number_of_an_enum_is_refused_with_those_that_are_known() -> None:
    assert enum_of(Side, Side.SELL.value, "order.side") is Side.SELL
    with pytest.raises(InvalidValue, match=r"order\.side: expected one of BUY \(1\), .*was .9"):
        enum_of(Side, 9, "order.side")
