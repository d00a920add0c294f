"""What one order is: its terms, what is known of it, and the facts that the venue stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Final

from sextant.core.decimals import ZERO
from sextant.core.instruments import Side


class State(Enum):
    """State of an order as the world sees it; values equal the wire's."""

    PENDING = 1
    OPEN = 2
    PARTIALLY_FILLED = 3
    FILLED = 4
    CANCELLED = 5
    REJECTED = 6
    UNKNOWN = 7
    NOT_SENT = 8

    @property
    def is_final(self) -> bool:
        return self in FINAL


FINAL: Final = frozenset({State.FILLED, State.CANCELLED, State.REJECTED, State.NOT_SENT})


class Phase(Enum):
    """What we do about an order, which is our own business."""

    NEW = "journalled; the venue has not been called, or says over the whole horizon that it does not know the order"
    CALLING = "the call is under way"
    ASKING = "nobody knows; the venue is asked"
    LIVE = "the venue has acknowledged it"
    DONE = "final"


@dataclass(frozen=True, slots=True)
class Terms:
    """What was ordered. `limit_price` None is a market order; `time_in_force` is the wire's number; times in ns."""

    client_order_id: str
    portfolio: str
    venue_account: str
    instrument: str
    symbol: str
    side: Side
    quantity: Decimal
    limit_price: Decimal | None
    time_in_force: int
    valid_until_ns: int
    is_reduce_only: bool
    breaker_epoch: int
    intent_id: str = ""
    decision_id: str = ""
    reserved_notional: Decimal = ZERO

    @property
    def is_operators(self) -> bool:
        """Whether an operator's FLAT ALL caused the order: no decision did."""
        return not self.decision_id


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution as a keyed fact. `fill_id` is "<venue account>/<venue symbol>/<trade id>"."""

    fill_id: str
    quantity: Decimal
    price: Decimal
    commission: Decimal
    commission_asset: str
    is_maker: bool
    exchange_time_ns: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order and everything that is known of it.

    `filled` is the sum of the fills that were seen; `reported_filled` is the most that the venue ever stated; `ended` is the final
    state that the venue stated and that holds once all fills up to `reported_filled` were seen. `asking_since_ns` (on the
    monotonic clock), `asked` and `denied` (answers that the venue does not know the order) describe the current spell of asking.
    """

    terms: Terms
    state: State
    phase: Phase
    revision: int = 1
    fills: Mapping[str, Decimal] = field(default_factory=dict)
    filled: Decimal = ZERO
    reported_filled: Decimal = ZERO
    ended: State | None = None
    is_acknowledged: bool = False
    venue_order_id: str = ""
    reason: str = ""
    exchange_time_ns: int = 0
    gate_time_ns: int = 0
    asking_since_ns: int = 0
    asked: int = 0
    denied: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether every fill that the venue has spoken of was seen."""
        return self.filled >= self.reported_filled
