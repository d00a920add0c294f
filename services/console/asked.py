"""What callers of the operator API may ask: every field that cannot be is named, with what it held and what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from services.console.commanding import Order
from services.console.domain import facts, orders
from sextant.contracts.operator.v1 import api_pb2
from sextant.core.errors import InvalidValue
from sextant.operator.order import check_id, check_reason, check_scope, check_who

_LONGEST_VALUE: Final = 500
_URL: Final = re.compile(r"https?://[\x21-\x7e]{1,190}")
_PARAMETER: Final = re.compile(r"[a-z0-9_.-]{1,100}")
#: An argument of every command.
_RESERVED: Final = "reason"
_KINDS: Final[dict[int, type]] = {
    api_pb2.CHANGE_KIND_ORDER: orders.Order,
    api_pb2.CHANGE_KIND_FILL: facts.Filled,
    api_pb2.CHANGE_KIND_BREAKER: facts.Breaker,
    api_pb2.CHANGE_KIND_ANOMALY: facts.Anomaly,
    api_pb2.CHANGE_KIND_REFUSAL: facts.Decided,
}


def order_of(order: api_pb2.Order) -> Order:
    """Return the order. Raises InvalidValue."""
    return Order(
        command_id=check_id("order.command_id", order.command_id),
        scope=check_scope("order.scope", order.scope),
        reason=check_reason("order.reason", order.reason),
        operator=check_who("order.operator", order.operator),
    )


def explained_of(request: api_pb2.ExplainRequest) -> tuple[str, str]:
    """Return the id of the order or the intent, and the address to link its trace at. Raises InvalidValue."""
    url = request.jaeger_url
    if url and not _URL.fullmatch(url):
        raise InvalidValue(
            "jaeger_url", url[:200], "http:// or https:// and at most 200 printable characters"
        )
    return check_id("order_id", request.order_id), url


def parameter_of(request: api_pb2.SetParameterRequest) -> tuple[str, str]:
    """Return the parameter's name and value. Raises InvalidValue."""
    if not _PARAMETER.fullmatch(request.name) or request.name == _RESERVED:
        raise InvalidValue("name", request.name[:100], "1 to 100 of [a-z0-9_.-], and not 'reason'")
    if len(request.value) > _LONGEST_VALUE:
        held = f"{len(request.value)} characters"
        raise InvalidValue("value", held, f"at most {_LONGEST_VALUE} characters")
    return request.name, request.value


def kinds_of(numbers: Iterable[int]) -> frozenset[type]:
    """Return the types of the changes that are wanted. Raises InvalidValue."""
    wanted = tuple(numbers)
    unknown = [number for number in wanted if number not in _KINDS]
    if unknown:
        raise InvalidValue("kinds", str(unknown[0]), f"one of {', '.join(map(str, _KINDS))}")
    return frozenset(_KINDS[number] for number in wanted)
