"""What can happen to an order, and what is then to be done."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.execution.domain.order import Fill, Order, State
from sextant.core.errors import Fatal


@dataclass(frozen=True, slots=True)
class GateOpened:
    """The gate let the order pass at this venue-corrected wall clock reading, ns."""

    time_ns: int


class Closed(StrEnum):
    """Why the gate is closed, in one word: the first two are protection that was asked for, the others are failures of ours."""

    HALTED = "halted"
    BREAKER = "breaker"
    EXPIRED = "expired"
    SILENT = "silent"
    UNKNOWN = "unknown"
    UNRECONCILED = "unreconciled"


@dataclass(frozen=True, slots=True)
class GateClosed:
    """The gate did not let the order pass; `time_ns` is the clock reading that it used."""

    time_ns: int
    reason: str
    cause: Closed


@dataclass(frozen=True, slots=True)
class Reported:
    """The venue stated something: a reply, the stream, a query or reconciliation. `status` is OPEN, PARTIALLY_FILLED or a final state."""

    status: State
    filled: Decimal
    venue_order_id: str = ""
    reason: str = ""
    exchange_time_ns: int = 0
    fills: tuple[Fill, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The venue refused the call and nothing changed there."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The outcome of the call is unknown. `now_ns` is monotonic."""

    now_ns: int
    cause: str


@dataclass(frozen=True, slots=True)
class NotKnown:
    """Asked, the venue says that it does not know the order. `now_ns` is monotonic."""

    now_ns: int


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Asked, the venue did not say."""

    cause: str


@dataclass(frozen=True, slots=True)
class Doubted:
    """We came back (restart, reconnect, a cancel nobody confirmed) and do not know what became of the order. `now_ns` is monotonic."""

    now_ns: int
    cause: str


Event = GateOpened | GateClosed | Reported | Refused | Lost | NotKnown | NoAnswer | Doubted


@dataclass(frozen=True, slots=True)
class CheckGate:
    """Ask the gate; answer with GateOpened or GateClosed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Call the venue; answer with Reported, Refused or Lost."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Query the venue after a pause; answer with Reported, NotKnown or NoAnswer."""

    after_ns: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel at the venue what should not be there; answer with Reported or NotKnown."""


Command = CheckGate | Place | Ask | Cancel


@dataclass(frozen=True, slots=True)
class Step:
    """The order after an event. `is_revised` says that the world must be told; fills are those that are new."""

    order: Order
    is_revised: bool = False
    fills: tuple[Fill, ...] = ()
    commands: tuple[Command, ...] = ()


class Contradiction(Fatal):
    """The venue stated what cannot be true together; somebody must look before the account trades on."""

    def __init__(self, *, client_order_id: str, detail: str) -> None:
        super().__init__(f"order {client_order_id}: {detail}")
        self.client_order_id, self.detail = client_order_id, detail
