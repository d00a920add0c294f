"""How values look on this venue's wire: amounts with eight decimals, instants in milliseconds, compact JSON."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import msgspec

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]

ZERO_TEXT = "0.00000000"


def amount(value: Decimal) -> str:
    """Render a price or quantity in fixed notation with eight decimals, exact for everything this venue trades."""
    return f"{value:.8f}"


def millis(time_ns: int) -> int:
    return time_ns // 1_000_000


def nanos(time_ms: int) -> int:
    return time_ms * 1_000_000


def encode(value: Json) -> bytes:
    return msgspec.json.encode(value)
