"""The order venue port: what execution may ask of one account at one venue, real, simulated or paper."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Protocol

from sextant.core.errors import Retryable
from sextant.core.instruments import Side


class VenueUnavailable(Retryable):
    """The venue did not answer a question (never raised for what changes something there)."""

    def __init__(self, *, venue: str, reason: str) -> None:
        super().__init__(f"{venue}: {reason}")
        self.venue, self.reason = venue, reason


class TimeInForce(Enum):
    """How long an order stays; values equal the wire's."""

    GTC = 1
    IOC = 2
    FOK = 3
    POST_ONLY = 4


class VenueStatus(Enum):
    """What a venue says of an order. Whatever ended without being wholly filled (expired, cancelled) is CANCELLED."""

    OPEN = "open"
    PARTIALLY_FILLED = "partially filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """An order to place. `limit_price` None is a market order; `symbol` is the venue's own."""

    client_order_id: str
    symbol: str
    side: Side
    quantity: Decimal
    limit_price: Decimal | None
    time_in_force: TimeInForce


@dataclass(frozen=True, slots=True)
class VenueFill:
    """One execution. A venue's trade ids are unique per symbol; `client_order_id` is empty where the venue does not say it."""

    symbol: str
    trade_id: str
    venue_order_id: str
    client_order_id: str
    side: Side
    quantity: Decimal
    price: Decimal
    commission: Decimal
    commission_asset: str
    is_maker: bool
    exchange_time_ns: int


@dataclass(frozen=True, slots=True)
class OrderReport:
    """What the venue says of one order. `fills` are those that came with this message; of a query, all of the order."""

    client_order_id: str
    venue_order_id: str
    symbol: str
    status: VenueStatus
    filled_quantity: Decimal
    exchange_time_ns: int
    reason: str = ""
    fills: tuple[VenueFill, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The venue took the order, or did what was asked."""

    report: OrderReport


@dataclass(frozen=True, slots=True)
class Rejected:
    """The venue said no and nothing changed there."""

    client_order_id: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """Nobody knows whether it took effect: ask before doing it again."""

    client_order_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The venue does not know the order. Right after placement this means "not yet known"."""

    client_order_id: str


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds of one asset."""

    free: Decimal
    locked: Decimal

    @property
    def total(self) -> Decimal:
        return self.free + self.locked


@dataclass(frozen=True, slots=True)
class Connected:
    """The report stream is up (again): reports may have been missed, reconcile."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The report stream is down; it reconnects by itself."""

    reason: str


StreamEvent = OrderReport | Connected | Disconnected


class OrderVenue(Protocol):
    """One account at one venue. Calls may run concurrently."""

    async def submit(self, order: VenueOrder) -> Accepted | Rejected | OutcomeUnknown:
        """Place an order. Never raises for ambiguity; the caller has journalled the client id before."""

    async def cancel(self, symbol: str, client_order_id: str) -> Accepted | NotKnown | OutcomeUnknown:
        """Cancel an open order. NotKnown: it is done, or the venue never knew it."""

    async def query(self, symbol: str, client_order_id: str) -> OrderReport | NotKnown | OutcomeUnknown:
        """Ask for an order; its report carries all of its fills."""

    async def open_orders(self) -> Sequence[OrderReport]:
        """Return every open order of the account. Raises VenueUnavailable."""

    async def trades_since(self, symbol: str, since_ns: int) -> Sequence[VenueFill]:
        """Return the account's fills in a symbol from a venue time on, oldest first. Raises VenueUnavailable."""

    async def balances(self) -> Mapping[str, Balance]:
        """Return what the account holds, by asset; a position in a derivative under its venue symbol, signed. Raises VenueUnavailable."""

    def reports(self) -> AsyncIterator[StreamEvent]:
        """Yield what the venue says by itself, for ever: Connected first, again after each reconnect."""

    async def close(self) -> None:
        """Close connections. Calling twice is safe."""


class DirectVenue(Protocol):
    """A venue inside this process: every answer is there at once and none is ever unknown."""

    def submit(self, order: VenueOrder) -> Accepted | Rejected:
        """Place an order; the report says what became of it at once, fills included."""

    def cancel(self, symbol: str, client_order_id: str) -> OrderReport | None:
        """Cancel an open order; None when it is not open."""

    def take_reports(self) -> Sequence[OrderReport]:
        """Return what happened to resting orders since the last call, in order."""
