"""Reading request parameters as the venue does: which are missing, malformed, out of range or unknown."""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from simulator.binance.errors import BinanceError, illegal_characters, missing

SYMBOL_PATTERN = "^[A-Z0-9-_.]{1,20}$"
DECIMAL_PATTERN = "^([0-9]{1,20})(\\.[0-9]{1,20})?$"
INTEGER_PATTERN = "^[0-9]{1,20}$"
CLIENT_ID_PATTERN = "^[a-zA-Z0-9-_]{1,36}$"
MAX_DECIMALS = 8

Choice = TypeVar("Choice", bound=Enum)


class Parameters(Mapping[str, str]):
    """Named texts of one request. Each reader raises BinanceError with the venue's code for what is wrong."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def optional(self, name: str, pattern: str | None = None) -> str | None:
        value = self._values.get(name)
        if value is None:
            return None
        if value == "":
            raise BinanceError(-1105, f"Parameter '{name}' was empty.")
        if pattern is not None and re.fullmatch(pattern[1:-1], value) is None:
            raise illegal_characters(name, pattern)
        return value

    def required(self, name: str, pattern: str | None = None) -> str:
        if not self._values.get(name):
            raise missing(name)
        value = self.optional(name, pattern)
        assert value is not None
        return value

    def integer(self, name: str) -> int | None:
        value = self.optional(name, INTEGER_PATTERN)
        return None if value is None else int(value)

    def bounded(self, name: str, default: int, maximum: int) -> int:
        """Read a limit: values above the maximum are taken as the maximum; zero is illegal."""
        value = self.integer(name)
        if value is None:
            return default
        if value == 0:
            raise BinanceError(-1130, f"Data sent for parameter '{name}' is not valid.")
        return min(value, maximum)

    def decimal(self, name: str) -> Decimal | None:
        text = self.optional(name, DECIMAL_PATTERN)
        if text is None:
            return None
        if len(text.partition(".")[2].rstrip("0")) > MAX_DECIMALS:
            raise BinanceError(-1111, f"Parameter '{name}' has too much precision.")
        return Decimal(text)

    def needed_decimal(self, name: str) -> Decimal:
        self.required(name)
        value = self.decimal(name)
        assert value is not None
        return value

    def choice(self, name: str, choices: type[Choice], error: BinanceError) -> Choice | None:
        value = self.optional(name)
        if value is None:
            return None
        if value not in choices.__members__:
            raise error
        return choices[value]

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.optional(name)
        if value is None:
            return default
        if value.lower() not in ("true", "false"):
            raise illegal_characters(name, "^(true|false)$")
        return value.lower() == "true"

    def symbols(self, name: str = "symbols") -> list[str] | None:
        """Read a JSON array of symbols, for example ["BTCUSDT","ETHUSDT"]."""
        text = self.optional(name)
        if text is None:
            return None
        try:
            values = json.loads(text)
        except json.JSONDecodeError:
            values = None
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            raise illegal_characters(name, r"^\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\]$")
        return values
