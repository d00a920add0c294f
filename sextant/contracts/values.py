"""Small values of the wire, read and written in one way: decimals as text, enums by number; an error names the field."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TypeVar

from sextant.contracts.common.v1 import values_pb2
from sextant.core.decimals import ZERO, parse_decimal, to_text
from sextant.core.errors import InvalidValue

_Kind = TypeVar("_Kind", bound=Enum)


def wire(value: Decimal) -> values_pb2.Decimal:
    """Return a number as it travels: fixed notation."""
    return values_pb2.Decimal(value=to_text(value))


def decimal_of(message: values_pb2.Decimal, field: str) -> Decimal:
    """Return a number; an absent one is zero. Raises InvalidValue."""
    return parse_decimal(message.value, field=field) if message.value else ZERO


def above_zero(message: values_pb2.Decimal, field: str) -> Decimal:
    """Return a number that must be there and above zero. Raises InvalidValue."""
    value = parse_decimal(message.value, field=field)
    if value <= 0:
        raise InvalidValue(field, message.value, "a number above zero")
    return value


def enum_of(kind: type[_Kind], value: int, field: str) -> _Kind:
    """Return the member with the wire's number. Raises InvalidValue for one that this version does not know."""
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(f"{each.name} ({each.value})" for each in kind)
        raise InvalidValue(field, str(value), f"one of {known}") from error
