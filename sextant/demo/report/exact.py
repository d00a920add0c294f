"""Exact numbers of messages, and their text."""

from __future__ import annotations

from decimal import Decimal

from sextant.contracts.common.v1 import values_pb2
from sextant.core.decimals import parse_decimal, to_text


def number(value: values_pb2.Decimal) -> Decimal:
    """Return the wire's decimal; an absent one is zero. Raises InvalidValue."""
    return parse_decimal(value.value or "0")


def exact(amount: Decimal) -> str:
    """Return fixed notation without trailing zeros: equal values have one text."""
    text = to_text(amount)
    return text.rstrip("0").rstrip(".") if "." in text else text
