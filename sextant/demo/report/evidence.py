"""What a run left behind, as the checker is given it, and the ports to what has to be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from sextant.bus.port import Bus, TopicPartition
from sextant.runtime.settings import Platform
from sextant.telemetry.span import Span


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """An order as the venue knows it."""

    client_order_id: str
    venue_order_id: str
    symbol: str
    quantity: Decimal
    filled: Decimal
    is_open: bool


@dataclass(frozen=True, slots=True)
class VenueTrade:
    """A trade of ours as the venue knows it; `symbol` is the venue's own."""

    trade_id: str
    venue_order_id: str
    symbol: str
    quantity: Decimal
    price: Decimal
    commission: Decimal
    commission_asset: str


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything that a venue says of one account. `balances` are free and locked together, by asset."""

    orders: Sequence[VenueOrder]
    trades: Sequence[VenueTrade]
    balances: Mapping[str, Decimal]


class AccountBooks(Protocol):
    """A venue's own books of one account."""

    async def statement(self, symbols: Sequence[str]) -> Statement:
        """Return all orders and trades in these unified symbols ("BTC/USDT"), all open orders, and the balances. Raises OSError."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A row of ledger.entries without stamps. `kind` is the wire's number."""

    entry_id: str
    portfolio: str
    number: int
    kind: int
    source_id: str
    client_order_id: str


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A row of ledger.postings."""

    entry_id: str
    line: int
    account: str
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """A row of ledger.balances."""

    portfolio: str
    account: str
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A row of ledger.positions; `entry_price` and `realised` are statistics."""

    portfolio: str
    instrument: str
    quantity: Decimal
    entry_price: float
    realised: float


@dataclass(frozen=True, slots=True)
class Tables:
    """The ledger's tables whole."""

    entries: Sequence[EntryRow]
    postings: Sequence[PostingRow]
    balances: Sequence[BalanceRow]
    positions: Sequence[PositionRow]


class LedgerBooks(Protocol):
    """The database of the ledger."""

    async def tables(self) -> Tables:
        """Return all rows, in any order. Raises OSError when nobody answers."""


class GroupOffsets(Protocol):
    """What consumer groups have committed."""

    async def committed(self, group: str) -> Mapping[TopicPartition, int]:
        """Return the next offset of each partition that the group ever committed."""


def _silent(line: str) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class Evidence:
    """One run that has ended: services are drained and stopped, log, database and venues still answer.

    `accounts` holds the venue's books of each venue account of the configuration; it is empty on paper, where no venue keeps any.
    `offsets` is None where stages run without consumer groups. `traces` is a folder of OTLP JSON lines, or the spans themselves.
    `ingest_metrics` is the text that ingest's /metrics gave last. `rss_mb` is by service, `servers_rss_mb` of Kafka, Postgres and
    Valkey together. `started_ns` is when the run began, before its servers. `unclean` names what did not stop as it should.
    `expects_orders` says that a run without orders has proven nothing.
    """

    bus_kind: str
    mode: str
    seconds: float
    seed: int
    platform: Platform
    bus: Bus
    books: LedgerBooks
    accounts: Mapping[str, AccountBooks] = field(default_factory=dict)
    offsets: GroupOffsets | None = None
    traces: Path | Sequence[Span] = ()
    archive: Path | None = None
    ingest_metrics: str = ""
    rss_mb: Mapping[str, float] = field(default_factory=dict)
    servers_rss_mb: float = 0.0
    started_ns: int = 0
    unclean: Sequence[str] = ()
    expects_orders: bool = True
    progress: Callable[[str], None] = _silent
