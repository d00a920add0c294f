"""What the market topics say: events by venue, fixes by quality, books that were broken, how far triangulation came."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from sextant.bus.port import Bus
from sextant.contracts.columns import row_count
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import validated_pb2
from sextant.core.identity import Root
from sextant.demo.report.books_watch import BookWatch
from sextant.demo.report.reading import Sieve, messages

EVENTS, VALIDATED = "market.events.v1", "market.validated.v1"
_TABLES: Final = ("trades", "quotes", "depth", "candles", "values", "liquidations")


@dataclass(slots=True)
class MarketFacts:
    """`newest_events` and `newest_validated` are the last offset of market.events per partition, as said and as judged."""

    books: BookWatch = field(default_factory=BookWatch)
    events: Counter[str] = field(default_factory=Counter)
    frames: Counter[str] = field(default_factory=Counter)
    gaps: Counter[str] = field(default_factory=Counter)
    reconnects: Counter[str] = field(default_factory=Counter)
    fixes: int = 0
    degraded_fixes: int = 0
    newest_events: dict[str, int] = field(default_factory=dict)
    newest_validated: dict[str, int] = field(default_factory=dict)
    order_problems: list[str] = field(default_factory=list)


async def read_market(bus: Bus) -> MarketFacts:
    """Read market.events and market.validated whole."""
    facts = MarketFacts()
    await _read_events(bus, facts)
    await _read_validated(bus, facts)
    return facts


async def _read_events(bus: Bus, facts: MarketFacts) -> None:
    sieve, connections = Sieve(EVENTS), _Connections()
    async for record, _, batch in messages(bus, sieve, mirror.EventBatch):
        root = Root.at(EVENTS, record.partition, record.offset)
        facts.newest_events[root.source] = record.offset
        facts.events[batch.venue] += _rows(batch)
        facts.books.see(batch, root)
        connections.see(batch)
    connections.count(facts)
    facts.order_problems += sieve.problems


async def _read_validated(bus: Bus, facts: MarketFacts) -> None:
    sieve = Sieve(VALIDATED)
    newest: dict[str, int] = {}
    async for _, identity, validated in messages(bus, sieve, validated_pb2.ValidatedBatch):
        judged = facts.newest_validated
        judged[identity.root.source] = max(judged.get(identity.root.source, -1), identity.root.sequence)
        fix = validated.fix
        if fix.number > newest.get(fix.asset, 0):
            newest[fix.asset] = fix.number
            facts.fixes += 1
            facts.degraded_fixes += fix.quality == validated_pb2.FIX_QUALITY_DEGRADED
    facts.order_problems += sieve.problems


def _rows(batch: mirror.EventBatch) -> int:
    """Return the rows of all tables but the statuses, without viewing a column."""
    return sum(row_count(getattr(batch, table)) for table in _TABLES if batch.HasField(table))


class _Connections:
    """Frames, gaps and reconnects as the statuses in the batches state them: used where ingest's metrics are not at hand."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str, int], tuple[int, int]] = {}

    def see(self, batch: mirror.EventBatch) -> None:
        if not batch.HasField("statuses"):
            return
        statuses = batch.statuses
        key = (batch.venue, batch.connection, batch.connection_epoch)
        frames, gaps = self._newest.get(key, (0, 0))
        said_frames, said_gaps = _last(statuses.frames), _last(statuses.gaps)
        self._newest[key] = (max(frames, said_frames), max(gaps, said_gaps))

    def count(self, facts: MarketFacts) -> None:
        """Add up what every connection said last in each of its epochs that carried frames."""
        epochs: Counter[tuple[str, str]] = Counter()
        for (venue, connection, _), (frames, gaps) in self._newest.items():
            facts.frames[venue] += frames
            facts.gaps[venue] += gaps
            epochs[venue, connection] += frames > 0
        for (venue, _), count in epochs.items():
            facts.reconnects[venue] += max(0, count - 1)


def _last(data: bytes) -> int:
    return int.from_bytes(data[-8:], "little", signed=True)
