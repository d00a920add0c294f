"""What may be asked of the operator API: each field that cannot be is named, and whatever is taken is within its bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.asked import explained_of, kinds_of, order_of, parameter_of
from services.console.commanding import Order as Given
from services.console.domain.orders import Order
from sextant.contracts.operator.v1 import api_pb2
from sextant.core.errors import InvalidValue


def taken(asked: api_pb2.Order) -> tuple[Given | None, str]:
    """Return the order, or the field that it was refused for."""
    try:
        return order_of(asked), ""
    except InvalidValue as error:
        return None, error.field


@given(
    command_id=st.text(max_size=80),
    scope=st.one_of(st.just("global"), st.text(max_size=60).map("portfolio/{}".format), st.text(max_size=60)),
    reason=st.text(max_size=600),
    operator=st.text(max_size=80),
)
def test_an_order_is_taken_whole_and_bounded_or_its_field_is_named(
    command_id: str, scope: str, reason: str, operator: str
) -> None:
    asked = api_pb2.Order(command_id=command_id, scope=scope, reason=reason, operator=operator)
    order, field = taken(asked)
    if order is None:
        assert field.startswith("order.")
        return
    assert (order.command_id, order.scope, order.reason, order.operator) == (
        command_id,
        scope,
        reason,
        operator,
    )
    assert 0 < len(order.command_id) <= 64
    assert 0 < len(order.operator) <= 64
    assert len(order.reason) <= 500
    assert order.scope == "global" or order.scope.startswith("portfolio/")


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [("", "1", "name"), ("Limits", "1", "name"), ("reason", "1", "name"), ("x", "y" * 501, "value")],
)
def test_a_parameter_that_cannot_be_is_named(name: str, value: str, named: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        parameter_of(api_pb2.SetParameterRequest(name=name, value=value))
    assert refused.value.field == named


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://", "http://a b", "https://" + "x" * 300])
def test_an_address_of_jaeger_that_cannot_be_is_named(url: str) -> None:
    with pytest.raises(InvalidValue, match="jaeger_url"):
        explained_of(api_pb2.ExplainRequest(order_id="x", jaeger_url=url))


def test_kinds_are_types_of_changes_and_an_unknown_one_is_named() -> None:
    assert kinds_of([]) == frozenset()
    assert kinds_of([api_pb2.CHANGE_KIND_ORDER]) == {Order}
    assert len(kinds_of(number for number in api_pb2.ChangeKind.values() if number)) == 5
    with pytest.raises(InvalidValue, match="kinds"):
        kinds_of([api_pb2.CHANGE_KIND_UNSPECIFIED])
