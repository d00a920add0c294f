"""What the console knows of the platform, as plain values. Prices, equity and profit are statistics; times are ns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stream:
    """What the newest status of one instrument on one connection said; counters are the connection's in this epoch.

    `said_ns` and `last_frame_ns` are on ingest's receive clock, which is the recording's in a replay; `heard_ns` is on the console's.
    """

    venue: str
    instrument: str
    connection: str
    epoch: int
    status: str
    frames: int
    gaps: int
    refused: int
    said_ns: int
    last_frame_ns: int
    heard_ns: int


@dataclass(frozen=True, slots=True)
class VenueClock:
    """How far a venue's clock is from ours, ns, and the half width of that estimate."""

    offset_ns: int
    uncertainty_ns: int


@dataclass(frozen=True, slots=True)
class Fix:
    """A price that venues agree on."""

    asset: str
    currency: str
    price: float
    deviation_bp: float
    venues: int
    quality: str
    event_ns: int
    heard_ns: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one instrument."""

    instrument: str
    verdict: str
    distance_bp: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """A signal or an intent: `who` is the strategy or the portfolio."""

    kind: str
    event_ns: int
    instrument: str
    side: str
    strength: float
    who: str


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of risk; `code` empty where it approved."""

    event_ns: int
    instrument: str
    side: str
    code: str
    detail: str
    portfolio: str
    intent_id: str


@dataclass(frozen=True, slots=True)
class Filled:
    """One fill, numbers as the wire writes them."""

    exchange_ns: int
    instrument: str
    side: str
    quantity: str
    price: str
    commission: str
    commission_asset: str
    portfolio: str
    order_id: str


@dataclass(frozen=True, slots=True)
class Anomaly:
    """What triangulation found wrong."""

    event_ns: int
    instrument: str
    verdict: str
    detail: str


@dataclass(frozen=True, slots=True)
class Position:
    """A position in one instrument."""

    instrument: str
    quantity: str
    entry_price: float
    mark_price: float


@dataclass(frozen=True, slots=True)
class Balance:
    """What one venue account holds of one asset."""

    account: str
    asset: str
    amount: str


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The newest state of a portfolio, money in its `currency`."""

    name: str
    currency: str
    equity: float
    day_start_equity: float
    realised: float
    unrealised: float
    commission: float
    entries: int
    positions: tuple[Position, ...]
    balances: tuple[Balance, ...]
    said_ns: int


@dataclass(frozen=True, slots=True)
class Breaker:
    """State of one breaker."""

    scope: str
    state: str
    cause: str
    said_ns: int


@dataclass(frozen=True, slots=True)
class GroupLag:
    """Records that a consumer group has not committed yet; None while it has committed nothing at all."""

    group: str
    records: int | None
