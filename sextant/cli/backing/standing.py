"""How a database stands to the log: how far the books are behind it, and whether the log has what the journal does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg

from sextant.bus.kafka.log import KafkaLog
from sextant.bus.port import Record, TopicPartition
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.core.time import SECOND
from sextant.runtime.stamp import identity_of

ORDERS: Final = "execution.orders.v1"
FILLS: Final = "execution.fills.v1"
COMMANDS: Final = "control.commands.v1"
PORTFOLIOS: Final = "ledger.portfolios.v1"
#: What the databases are made of, or make.
MONEY: Final = (ORDERS, FILLS, COMMANDS, "ledger.entries.v1", "control.audit.v1")
Bounds = Mapping[TopicPartition, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the books stand in one input partition, and what of it the log holds: from `oldest` to below `end`."""

    at: TopicPartition
    next_offset: int
    oldest: int
    end: int

    @property
    def behind(self) -> int:
        """How many records the ledger will read to catch up."""
        return max(0, self.end - self.next_offset)

    def problems(self) -> Iterator[str]:
        """Yield why the books cannot catch up from the log."""
        where = f"{self.at.topic}/{self.at.partition}"
        if self.oldest > self.next_offset:
            yield f"{where}: the books stand at {self.next_offset}, and the log begins at {self.oldest}: what lies between is gone from it"
        if self.end < self.next_offset:
            yield f"{where}: the books stand at {self.next_offset}, and the log ends at {self.end}: it lost records"


@dataclass(slots=True)
class Unknown:
    """What the log says of orders behind the journal: newest place of each outbox, highest epoch of each writer, newest word on each order."""

    sequences: dict[int, int] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)
    orders: dict[str, execution_pb2.OrderEvent] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Return a line for each order, for people."""
        return [
            f"{name}: {execution_pb2.OrderState.Name(order.state)} at {order.venue_account}, revision {order.revision}"
            for name, order in sorted(self.orders.items())
        ]


async def bounds_of(log: KafkaLog, topics: Sequence[str] = MONEY) -> Bounds:
    """Return the oldest offset and the end of each partition of the topics that are there. Raises BusUnavailable."""
    there = await log.topics()
    partitions = [at for topic in topics if topic in there for at in await log.partitions(topic)]
    return await log.bounds(partitions) if partitions else {}


async def places(db: Any, bounds: Bounds) -> list[Place]:
    """Return where the books stand; nothing where there are none. Raises asyncpg.PostgresError."""
    try:
        rows = await db.fetch(
            "select topic, partition, next_offset from ledger.offsets where next_offset is not null order by 1, 2"
        )
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return []
    return [
        Place(at, row["next_offset"], *bounds.get(at, (0, 0)))
        for row in rows
        for at in [TopicPartition(row["topic"], row["partition"])]
    ]


async def unknown_to_journal(db: Any, log: KafkaLog, bounds: Bounds) -> Unknown:
    """Return what the log holds of orders that the journal has not written: nothing, unless the journal was put back. Raises BusUnavailable."""
    rows = await db.fetch("select partition, next_sequence from execution.outboxes")
    known = {row["partition"]: row["next_sequence"] for row in rows}
    found = Unknown()
    starts = {at: oldest for at, (oldest, _) in bounds.items() if at.topic in (ORDERS, FILLS)}
    ends = {at: bounds[at][1] for at in starts}
    async for record in log.records(starts, ends):
        _take(found, record, known.get(record.partition, 0))
    return found


async def go_on_behind(db: Any, found: Unknown) -> None:
    """Let the journal give out places and epochs behind those that the log has seen: one that comes again would be dropped everywhere."""
    async with db.transaction():
        for partition, newest in found.sequences.items():
            await db.execute(
                "insert into execution.outboxes as mine values ($1, $2) on conflict (partition) do update "
                "set next_sequence = greatest(mine.next_sequence, excluded.next_sequence)",
                partition,
                newest + 1,
            )
        for portfolio, epoch in found.epochs.items():
            await db.execute(
                "update execution.writers set epoch = greatest(epoch, $2) where portfolio = $1",
                portfolio,
                epoch,
            )


async def day_starts(db: Any, log: KafkaLog) -> list[str]:
    """Take the equity at the start of the day from what the ledger said last: books that are put back may be of the day before."""
    bounds = await bounds_of(log, [PORTFOLIOS])
    newest: dict[str, ledger_pb2.Portfolio] = {}
    starts = {at: oldest for at, (oldest, _) in bounds.items()}
    async for record in log.records(starts, {at: end for at, (_, end) in bounds.items()}):
        if record.value:
            said = ledger_pb2.Portfolio.FromString(record.value)
            newest[said.portfolio] = said
    for name, said in newest.items():
        day = datetime.fromtimestamp(said.state_time.ToNanoseconds() // SECOND, UTC).date()
        await db.execute(
            "insert into ledger.days (portfolio, day, equity) values ($1, $2, $3) on conflict do nothing",
            name,
            day,
            said.day_start_equity,
        )
    return sorted(newest)


def _take(found: Unknown, record: Record, next_sequence: int) -> None:
    sequence = identity_of(record).root.sequence
    if sequence < next_sequence:
        return
    found.sequences[record.partition] = max(sequence, found.sequences.get(record.partition, -1))
    if record.topic == ORDERS:
        event = execution_pb2.OrderEvent.FromString(record.value or b"")
        found.epochs[event.portfolio] = max(event.writer_epoch, found.epochs.get(event.portfolio, 0))
        before = found.orders.get(event.client_order_id)
        if before is None or before.revision < event.revision:
            found.orders[event.client_order_id] = event
