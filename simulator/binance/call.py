"""One request, whichever way it came: the venue it was put to, its parameters, and the account that signed it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from simulator.binance.aggregation import AggregateTrades
from simulator.binance.formats import Json
from simulator.binance.limits import RateLimits
from simulator.binance.listen_keys import ListenKeys
from simulator.binance.parameters import SYMBOL_PATTERN, Parameters
from simulator.exchange.engine import SimulatedExchange


class Security(Enum):
    """What a caller has to show: nothing, an API key, or an API key and a signature."""

    NONE = "NONE"
    KEY = "KEY"
    SIGNED = "SIGNED"


@dataclass(frozen=True, slots=True)
class Desk:
    """What answers are made from."""

    exchange: SimulatedExchange
    limits: RateLimits
    aggregates: AggregateTrades
    listen_keys: ListenKeys


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was authenticated as its endpoint demands; `account` is empty for public ones."""

    desk: Desk
    parameters: Parameters
    account: str = ""

    @property
    def exchange(self) -> SimulatedExchange:
        return self.desk.exchange

    def now_ns(self) -> int:
        return self.desk.exchange.now_ns()

    def symbol(self) -> str:
        """Return the listed symbol that was asked for. Raises BinanceError -1102, -1100; ExchangeRefusal."""
        symbol = self.parameters.required("symbol", SYMBOL_PATTERN)
        self.exchange.listed(symbol)
        return symbol


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A handler with its weight, what it demands, and whether it places orders (counted, and worth losing a reply)."""

    handler: Handler
    weight: int | Callable[[Parameters], int] = 1
    security: Security = Security.NONE
    places_order: bool = False

    def weight_of(self, parameters: Parameters) -> int:
        return self.weight if isinstance(self.weight, int) else self.weight(parameters)
