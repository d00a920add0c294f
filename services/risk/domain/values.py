"""What risk speaks of: intents, limits, portfolios, breakers, and its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from sextant.core.decimals import ZERO
from sextant.core.instruments import Side
from sextant.core.vocabulary import BreakerState


class RefusalCode(Enum):
    """Closed list of reasons; values equal the wire's. EDGE_BELOW_COST has no check: intents carry no edge."""

    STALE = 1
    QUALITY = 2
    BREAKER_OPEN = 3
    NOTIONAL_ABOVE_LIMIT = 4
    POSITION_ABOVE_LIMIT = 5
    BALANCE = 6
    BELOW_MINIMUM = 7
    NOTHING_TO_REDUCE = 8
    INSTRUMENT = 9
    PORTFOLIO = 10
    ORDERS_IN_FLIGHT = 12
    PRICE_FAR_FROM_FIX = 13


class Urgency(Enum):
    """How an intent should be worked; values equal the wire's."""

    TAKE = 1
    REST = 2


class TimeInForce(Enum):
    """Time in force; values equal the wire's."""

    IOC = 2
    POST_ONLY = 4


@dataclass(frozen=True, slots=True)
class Fix:
    """The fix that an intent stands on; `price` is a statistic in `currency`."""

    currency: str
    price: float
    venues: int
    is_good: bool
    event_time_ns: int


@dataclass(frozen=True, slots=True)
class Intent:
    """What a portfolio wants. `strength` 0 to 1 of the unit size; `verdict` is the name of the verdict on the instrument."""

    intent_id: str
    portfolio: str
    instrument: str
    side: Side
    strength: float
    is_reduce_only: bool
    urgency: Urgency
    bid: float
    ask: float
    fix: Fix | None
    is_verdict_valid: bool
    verdict: str
    event_time_ns: int
    valid_until_ns: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one portfolio; money in its currency, times in ns, distances and slippage in basis points."""

    unit_notional: Decimal
    maximum_order_notional: Decimal
    maximum_position_notional: Decimal
    maximum_gross_notional: Decimal
    maximum_orders_in_flight: int
    maximum_fix_distance_bp: Decimal
    take_slippage_bp: Decimal
    stale_after_ns: int
    approval_valid_ns: int
    #: How many orders with new risk one HALF_OPEN trial lets through.
    trial_orders: int


@dataclass(frozen=True, slots=True)
class Account:
    """A venue account; fees are fractions of the notional."""

    name: str
    taker_fee: Decimal
    maker_fee: Decimal


@dataclass(frozen=True, slots=True)
class Rules:
    """What is configured for one portfolio. `accounts` is by venue."""

    currency: str
    limits: Limits
    accounts: Mapping[str, Account]
    quorum: int


@dataclass(frozen=True, slots=True)
class Held:
    """A position; `price` is its mark, or its entry price where there is no mark, in quote units, above zero, or zero."""

    quantity: Decimal
    price: float


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The ledger's newest word on a portfolio. `applied` is the newest fills offset booked, by partition."""

    version: int
    balances: Mapping[tuple[str, str], Decimal]
    positions: Mapping[str, Held]
    applied: Mapping[int, int]

    def balance(self, account: str, asset: str) -> Decimal:
        return self.balances.get((account, asset), ZERO)

    def position(self, instrument: str) -> Decimal:
        held = self.positions.get(instrument)
        return ZERO if held is None else held.quantity


@dataclass(frozen=True, slots=True)
class Breaker:
    """State of one breaker."""

    scope: str
    state: BreakerState
    epoch: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check said; `refusal` None means that it passed."""

    check: str
    limit: str
    value: str
    refusal: RefusalCode | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """A sized order: the quantity is a multiple of the lot above zero, the limit price a multiple of the tick above zero."""

    quantity: Decimal
    limit_price: Decimal
    time_in_force: TimeInForce


@dataclass(frozen=True, slots=True)
class Approved:
    """An order that may be sent. `reserved_notional` is in the portfolio's currency."""

    client_order_id: str
    venue_account: str
    terms: Terms
    valid_until_ns: int
    reserved_notional: Decimal


@dataclass(frozen=True, slots=True)
class Refused:
    """An intent that may not be sent: why, and the limit and value that decided it."""

    code: RefusalCode
    limit: str
    value: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `findings` hold every check that ran, in order; checks behind a refusal did not run and are absent."""

    outcome: Approved | Refused
    breaker_epoch: int
    is_reducing: bool
    findings: tuple[Finding, ...] = field(default=())
