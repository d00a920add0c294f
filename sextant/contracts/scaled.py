"""Number text to exact scaled integers: the only way by which a market's numbers enter a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sextant.core.errors import InvalidValue

#: Largest and smallest integer of a column.
LARGEST: Final = 2**63 - 1
_MAX_TEXT: Final = 64
_PLAIN: Final = "a plain decimal number such as 61837.63"
#: Texts that are remembered per scale and column; sizes and prices repeat, a cache hit costs a tenth of a parse.
_REMEMBERED: Final = 4_096


class DoesNotFit(InvalidValue):
    """The number is readable, but has digits below the exponent or is too large at it."""


def scaled(text: str, exponent: int) -> int:
    """Return the integer n with `n * 10^exponent` equal to `text`, exactly.

    Takes ASCII digits with at most one point between digits and a leading minus; nothing else: no plus, exponent, underscore,
    space or digit of another script. Raises InvalidValue for other text and DoesNotFit where an int64 at this exponent cannot say it.
    """
    digits, own = _natural(text)
    if digits == 0:
        return 0
    value: int = digits
    rest = 0
    if own >= exponent:
        value *= 10 ** (own - exponent)
    else:
        value, rest = divmod(digits, 10 ** (exponent - own))
    if rest:
        raise DoesNotFit("number", text, f"a multiple of 10^{exponent}")
    if not -LARGEST <= value <= LARGEST:
        raise DoesNotFit("number", text, f"at most {LARGEST} x 10^{exponent}")
    return value


def _natural(text: str) -> tuple[int, int]:
    """Return (digits, exponent) of a number text as it is written."""
    body = text[1:] if text[:1] == "-" else text
    whole, point, fraction = body.partition(".")
    if (
        len(text) > _MAX_TEXT
        or not text.isascii()
        or not whole.isdigit()
        or not (fraction.isdigit() or not point)
    ):
        raise InvalidValue("number", text[:_MAX_TEXT], _PLAIN)
    kept = fraction.rstrip("0")
    digits = int(whole + kept)
    return (-digits if body is not text else digits), -len(kept)


def finest(texts: Sequence[str], default: int) -> int:
    """Return the exponent that says all texts exactly: `default` where all int64 fit it, else what the texts themselves need.

    Raises InvalidValue where one is not a number, or no exponent holds them all.
    """
    needed: list[int] = []
    for text in texts:
        digits, exponent = _natural(text)
        if digits:
            while digits % 10 == 0:
                digits, exponent = digits // 10, exponent + 1
            needed.append(exponent)
    own = min(needed, default=default)
    for exponent in (min(own, default), own):
        if _all_fit(texts, exponent):
            return exponent
    raise InvalidValue(
        "numbers", ", ".join(texts)[:_MAX_TEXT], "numbers that 63 bits hold at one common exponent"
    )


def _all_fit(texts: Sequence[str], exponent: int) -> bool:
    try:
        for text in texts:
            scaled(text, exponent)
    except DoesNotFit:
        return False
    return True


class ScaledTexts(dict[str, int]):
    """Texts of one column at one exponent: `texts["61837.63"]` parses strictly and remembers; bounded.

    Negative numbers are refused unless `signed`.
    """

    def __init__(self, exponent: int, *, signed: bool = False) -> None:
        super().__init__()
        self.exponent, self.signed = exponent, signed
        self._places = max(-exponent, 0)

    def __missing__(self, text: str) -> int:
        value = self._usual(text)
        if value < 0:
            value = scaled(text, self.exponent)
        if value < 0 and not self.signed:
            raise InvalidValue("number", text, "zero or more")
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = value
        return value

    def _usual(self, text: str) -> int:
        """Return the integer of a text with just the scale's places, or with further ones that are zero; -1 for any other text."""
        places = self._places
        if not places or not places < len(text) - 1 < 19 or not text.isascii():
            return -1
        point = -places - 1
        if text[point] != ".":
            point = text.find(".")
            kept = point + 1 + places
            if point < 0 or text[kept:].strip("0"):
                return -1
            text = text[:kept]
            if len(text) != kept:
                return -1
        digits = text[:point] + text[point + 1 :]
        return int(digits) if digits.isdigit() and len(digits) > places else -1


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Exponents of one batch: prices, quantities, and numbers of one value a row."""

    price: ScaledTexts
    quantity: ScaledTexts
    value: ScaledTexts

    @classmethod
    def of(cls, price: int, quantity: int, value: int = -8) -> Scale:
        return cls(ScaledTexts(price), ScaledTexts(quantity), ScaledTexts(value, signed=True))

    @property
    def exponents(self) -> tuple[int, int, int]:
        return (self.price.exponent, self.quantity.exponent, self.value.exponent)

    def fitting(
        self, prices: Sequence[str] = (), quantities: Sequence[str] = (), values: Sequence[str] = ()
    ) -> Scale:
        """Return the scale for a row that does not fit this one. Raises InvalidValue where there is none."""
        return Scale.of(
            finest(prices, self.price.exponent),
            finest(quantities, self.quantity.exponent),
            finest(values, self.value.exponent),
        )
