"""Side inputs as the domain's values; what was translated once is kept as long as the record is the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, TypeVar

from services.risk.domain.values import Breaker, Portfolio
from services.risk.messages import breaker_of, portfolio_of
from sextant.bus.port import Position
from sextant.contracts.instruments import instrument_of
from sextant.core.instruments import Instrument
from sextant.core.scopes import GLOBAL, portfolio_scope
from sextant.runtime.stage import SideView

PORTFOLIOS: Final = "ledger.portfolios.v1"
BREAKERS: Final = "risk.breakers.v1"
INSTRUMENTS: Final = "market.instruments.v1"
PARAMETERS: Final = "risk.parameters.v1"
_Value = TypeVar("_Value")


class Translated(Generic[_Value]):
    """The values of one side topic. A cache: it follows the side view alone and is no part of the state."""

    def __init__(self, topic: str, translate: Callable[[Any], _Value]) -> None:
        self._topic, self._translate = topic, translate
        self._kept: dict[str, tuple[Position, _Value]] = {}

    def get(self, side: SideView, key: str) -> _Value | None:
        """Return the newest value of a key; None when it was never seen. Raises InvalidValue when it cannot be read."""
        found = side.get(self._topic, key)
        if found is None:
            return None
        kept = self._kept.get(key)
        if kept is None or kept[0] != found.position:
            kept = self._kept[key] = (found.position, self._translate(found.value))
        return kept[1]


class Sides:
    """What risk reads beside its intents."""

    def __init__(self) -> None:
        self.portfolios: Translated[Portfolio] = Translated(PORTFOLIOS, portfolio_of)
        self.breakers: Translated[Breaker] = Translated(BREAKERS, breaker_of)
        self._instruments: Translated[Instrument] = Translated(INSTRUMENTS, instrument_of)

    def instruments(self, side: SideView, names: Iterable[str]) -> dict[str, Instrument]:
        """Return the trading rules of those of the instruments that are known."""
        found = ((name, self._instruments.get(side, name)) for name in names)
        return {name: rules for name, rules in found if rules is not None}


def size_multiplier(side: SideView, instrument: str, smallest: float) -> float:
    """Return the multiplier of the unit size; the smallest while features have said nothing: nobody knows how wild the market is."""
    found = side.get(PARAMETERS, instrument)
    return smallest if found is None else float(found.value.size_multiplier)


def used(side: SideView, portfolio: str, instrument: str) -> tuple[Position, ...]:
    """Return the positions of the side records that a decision depends on, those that there are."""
    keys = (
        (PORTFOLIOS, portfolio),
        (BREAKERS, GLOBAL),
        (BREAKERS, portfolio_scope(portfolio)),
        (PARAMETERS, instrument),
        (INSTRUMENTS, instrument),
    )
    found = (side.get(topic, key) for topic, key in keys)
    return tuple(each.position for each in found if each is not None)
