"""Money in one currency, exactly: rates, roundings with a named step, texts for findings."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Final

from sextant.core.decimals import from_statistic, to_text

ONE: Final = Decimal(1)
BASIS_POINTS: Final = Decimal(10_000)
#: Finest step at which a price that is only a statistic enters a comparison.
STATISTIC_STEP: Final = Decimal("1E-12")
#: Step of reserved money and of collateral, rounded up.
MONEY_STEP: Final = Decimal("1E-8")


@dataclass(frozen=True, slots=True)
class Rates:
    """How much of the fix's currency a unit of an asset is, as configured."""

    currency: str
    rates: Mapping[str, Decimal]

    def of(self, asset: str) -> Decimal | None:
        """Return the rate; None when none is configured."""
        return ONE if asset == self.currency else self.rates.get(asset)


def statistic(value: float) -> Decimal:
    """Return a statistic at the finest step that comparisons use. Raises InvalidValue when it is not finite."""
    return from_statistic(value, STATISTIC_STEP, ROUND_HALF_EVEN)


def divide_up(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Return a quotient of numbers of which the denominator is above zero, rounded up to the money step."""
    with decimal.localcontext(decimal.Context(prec=80, rounding=ROUND_CEILING)):
        return (numerator / denominator).quantize(MONEY_STEP)


def whole_steps(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Return how often a denominator above zero goes into a numerator of at least zero, as a whole number."""
    return numerator // denominator


def show(value: Decimal) -> str:
    """Return a number for a finding: fixed notation without trailing zeros."""
    text = to_text(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def basis_points(part: Decimal, whole: Decimal) -> str:
    """Return `part` in basis points of a whole above zero as text with two decimals: for findings only."""
    with decimal.localcontext(decimal.Context(prec=40)):
        return show((part * BASIS_POINTS / whole).quantize(Decimal("0.01")))
