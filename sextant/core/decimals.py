"""Exact numbers: parse a venue's text, round only by an explicit step, write fixed notation."""

from __future__ import annotations

import decimal
import re
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

from sextant.core.errors import InvalidValue

ZERO: Final = Decimal(0)

#: Wide enough for any sum of a ledger; an inexact result is an error, never a rounding.
LEDGER_CONTEXT: Final = decimal.Context(
    prec=60,
    rounding=ROUND_HALF_EVEN,
    traps=[decimal.Inexact, decimal.InvalidOperation, decimal.DivisionByZero],
)

_FIXED: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_VENUE: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")
_MAX_TEXT: Final = 64


def parse_decimal(text: str, *, field: str = "decimal") -> Decimal:
    """Return the exact value of a venue's or the wire's number text. Raises InvalidValue for anything else (NaN, spaces, other digits)."""
    if not isinstance(text, str) or len(text) > _MAX_TEXT or not text.isascii() or not _VENUE.fullmatch(text):
        raise InvalidValue(field, str(text)[:_MAX_TEXT], "a plain decimal number as text")
    return Decimal(text)


def to_text(value: Decimal) -> str:
    """Return fixed notation without an exponent: `Decimal("1E-8")` gives "0.00000001"; minus zero gives "0"."""
    if not value.is_finite():
        raise InvalidValue("decimal", str(value), "a finite number")
    text = format(value, "f")
    return text[1:] if value.is_zero() and text.startswith("-") else text


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of `step` that is at most `value`."""
    return _to_step(value, step, ROUND_FLOOR)


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of `step` that is at least `value`."""
    return _to_step(value, step, ROUND_CEILING)


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Return whether `value` is a whole number of `step`."""
    return floor_to(value, step) == value


def exponent_of(step: Decimal) -> int:
    """Return the power of ten on which every multiple of `step` lies: 0.05 gives -2, 10 gives 1."""
    if step <= 0:
        raise InvalidValue("step", str(step), "a number above zero")
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


def from_statistic(value: float, step: Decimal, rounding: str = ROUND_FLOOR) -> Decimal:
    """Cross from statistics to money: round a float to a tick or lot. The only such crossing.

    `rounding` is a rounding mode of the decimal module. Raises InvalidValue when the float is not finite.
    """
    exact = Decimal(repr(value))
    if not exact.is_finite():
        raise InvalidValue("statistic", repr(value), "a finite number")
    return _to_step(exact, step, rounding)


def _to_step(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    if step <= 0:
        raise InvalidValue("step", str(step), "a number above zero")
    with decimal.localcontext(decimal.Context(prec=80)):
        steps = (value / step).to_integral_value(rounding=rounding)
        return (steps * step).quantize(step)
