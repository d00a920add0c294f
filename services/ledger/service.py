"""Running the ledger: fills in, books in one transaction with the offset, entries and portfolios out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from services.ledger.domain.books import Book, value
from services.ledger.domain.entries import deposit_entry, fill_entry
from services.ledger.marks import Marks
from services.ledger.messages import audit_message, command_detail, entry_message, fill_of, portfolio_message
from services.ledger.metrics import LedgerMetrics
from services.ledger.store import Booked, Booking, LedgerStore
from sextant.bus.port import (
    BroadcastConsumer,
    GroupConsumer,
    Outgoing,
    Position,
    Producer,
    Record,
    TopicPartition,
)
from sextant.contracts.control.v1 import control_pb2
from sextant.core.errors import InvalidValue, PoisonRecord
from sextant.core.identity import Identity, Root
from sextant.core.partitions import portfolio_partition
from sextant.core.time import SECOND
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.migrations import DatabaseUnavailable
from sextant.runtime.service import Resources
from sextant.runtime.stage import Input
from sextant.runtime.stamp import open_record
from sextant.runtime.trace import child_span, order_attributes

ORDERS, FILLS, COMMANDS = "execution.orders.v1", "execution.fills.v1", "control.commands.v1"
ENTRIES, PORTFOLIOS, AUDIT, VECTORS = (
    "ledger.entries.v1",
    "ledger.portfolios.v1",
    "control.audit.v1",
    "features.vectors.v1",
)
_BROADCAST_S = 0.5
_POLL_S = 0.1
_RETRY_S = 1.0


class LedgerService:
    """A `RebalanceListener` of its own consumer: holds the books of the portfolios in its partitions."""

    def __init__(self, resources: Resources, store: LedgerStore) -> None:
        self._resources, self._store = resources, store
        self._log, self._health, self._clock = resources.log, resources.health, resources.clock
        self._metrics = LedgerMetrics(resources.metrics)
        self._books: dict[str, Book] = {}
        self._applied: dict[TopicPartition, int] = {}
        self._halted: set[TopicPartition] = set()
        self._versions: dict[str, tuple[int, int]] = {}
        self._marks = Marks()
        self._turn = asyncio.Lock()
        self._producer: Producer

    async def run(self, stop: asyncio.Event) -> None:
        """Book until `stop`; then leave the group."""
        bus = self._resources.bus
        self._producer = bus.producer()
        consumer = await bus.group(
            "ledger", [ORDERS, FILLS, COMMANDS], self, instance=self._resources.stamper.instance
        )
        marks = await bus.broadcast([VECTORS])
        tasks = [asyncio.create_task(self._watch_marks(marks)), asyncio.create_task(self._broadcast())]
        try:
            while not stop.is_set():
                self._health.beat()
                for task in tasks:
                    if task.done():
                        task.result()
                await self._cycle(consumer)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.wait_for(consumer.stop(), self._resources.process.drain_s)
            await marks.stop()

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Load the books of the partitions' portfolios, book their openings, publish what was not published."""
        async with self._turn:
            starts = {}
            for at in partitions:
                found = await self._store.next_offset(at.topic, at.partition)
                if found is not None:
                    starts[at] = found
                    self._applied[at] = found
                if at.topic == FILLS:
                    await self._open_books(at.partition)
            self._health.set("state", True, f"{len(self._books)} portfolios")
            return starts

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Forget; every step was whole when it gave the turn back."""
        async with self._turn:
            gone = {at.partition for at in partitions if at.topic == FILLS}
            for portfolio in [name for name in self._books if portfolio_partition(name) in gone]:
                del self._books[portfolio]
            for at in partitions:
                self._applied.pop(at, None)
                self._halted.discard(at)

    async def _open_books(self, partition: int) -> None:
        platform = self._resources.platform
        for portfolio in platform.portfolios:
            if portfolio_partition(portfolio) != partition:
                continue
            self._books[portfolio] = await self._store.load(portfolio)
            self._versions[portfolio] = (self._clock.wall_ns(), 0)
            openings = [
                Booking(deposit_entry(portfolio, name, asset, amount), None)
                for name, account in sorted(platform.venue_accounts.items())
                if account.portfolio == portfolio
                for asset, amount in sorted(account.opening.items())
            ]
            await self._store.book(self._books, openings, {})
            unpublished = await self._store.unpublished(portfolio)
            await self._say(unpublished, self._clock.wall_ns())
            await self._publish_portfolio(self._books[portfolio])
            await self._mark(unpublished)

    async def _cycle(self, consumer: GroupConsumer) -> None:
        polled = await consumer.poll(max_records=1_000, timeout_s=_POLL_S)
        if not polled:
            return
        async with self._turn:
            in_ns = self._clock.wall_ns()
            for at, records in polled.items():
                if at not in self._halted:
                    await self._step(consumer, at, records, in_ns)
            held = consumer.assignment()
            await consumer.commit({at: offset for at, offset in self._applied.items() if at in held})

    async def _step(
        self, consumer: GroupConsumer, at: TopicPartition, records: Sequence[Record], in_ns: int
    ) -> None:
        fresh = [record for record in records if record.offset >= self._applied.get(at, 0)]
        bookings: list[Booking] = []
        for record in fresh:
            try:
                opened = open_record(record)
                if at.topic == FILLS:
                    bookings.append(
                        Booking(
                            fill_entry(fill_of(opened.value)),
                            fill_of(opened.value),
                            opened.lineage.raw,
                            opened.trace,
                        )
                    )
                elif at.topic == COMMANDS:
                    await self._audit(at, opened)
            except (PoisonRecord, InvalidValue) as error:
                fresh = fresh[: fresh.index(record)]
                self._halt(consumer, at, record, error)
                break
        if fresh:
            await self._book(at, bookings, fresh[-1].offset + 1, in_ns)

    async def _book(
        self, at: TopicPartition, bookings: Sequence[Booking], next_offset: int, in_ns: int
    ) -> None:
        booked = await self._until_database(bookings, {(at.topic, at.partition): next_offset})
        self._applied[at] = next_offset
        self._metrics.duplicates.inc(len(bookings) - len(booked))
        await self._say(booked, in_ns)
        for portfolio in sorted({each.booking.entry.portfolio for each in booked}):
            await self._publish_portfolio(self._books[portfolio])
        await self._mark(booked)

    async def _until_database(
        self, bookings: Sequence[Booking], offsets: dict[tuple[str, int], int]
    ) -> list[Booked]:
        while True:
            try:
                booked = await self._store.book(self._books, bookings, offsets)
                self._health.set("database", True, "connected")
                return booked
            except DatabaseUnavailable as error:
                self._health.set("database", False, str(error))
                self._log.warning("database unavailable, will try again", error=str(error))
                await asyncio.sleep(_RETRY_S)

    async def _say(self, booked: Sequence[Booked], in_ns: int) -> None:
        if booked:
            await self._producer.send([self._entry_record(each, in_ns) for each in booked])

    async def _mark(self, booked: Sequence[Booked]) -> None:
        """Remember that entries are in the log and their spans have left: otherwise a restart says both again."""
        if not booked:
            return
        await self._resources.spans.settle()
        await self._store.published(booked)
        for each in booked:
            self._metrics.entries.labels(each.booking.entry.portfolio).inc()

    def _entry_record(self, booked: Booked, in_ns: int) -> Outgoing:
        entry = booked.booking.entry
        message = entry_message(entry, booked.number)
        hop = self._resources.stamper.hop(in_ns, None)
        trace = b""
        if booked.booking.trace:
            span, trace = child_span(
                booked.booking.trace, "ledger", entry.entry_id, hop, order_attributes(message)
            )
            self._resources.spans.add(span)
        identity = Identity(Root(f"ledger.entries/{entry.portfolio}", 0, booked.number))
        lineage = _extended(booked.booking.lineage, hop)
        return self._resources.stamper.outgoing(
            ENTRIES, entry.portfolio, entry.portfolio, message, identity, lineage, trace=trace
        )

    async def _audit(self, at: TopicPartition, opened: Input) -> None:
        command: control_pb2.Command = opened.value
        action = f"command.{control_pb2.CommandKind.Name(command.kind).removeprefix('COMMAND_KIND_')}"
        offsets = {(at.topic, at.partition): opened.position.offset + 1}
        link = await self._store.append_audit(
            command.operator, action, command_detail(command), command.command_time.ToNanoseconds(), offsets
        )
        identity = Identity(Root("control.audit", 0, link.number))
        lineage = opened.lineage.with_hop(self._resources.stamper.hop(self._clock.wall_ns(), opened.position))
        record = self._resources.stamper.outgoing(
            AUDIT, "chain", "chain", audit_message(link), identity, lineage
        )
        await self._producer.send([record])

    def _halt(self, consumer: GroupConsumer, at: TopicPartition, record: Record, error: Exception) -> None:
        self._halted.add(at)
        consumer.pause([at])
        self._metrics.halted.set(len(self._halted))
        self._health.set(
            f"partition/{at.topic}/{at.partition}", False, f"halted at offset {record.offset}: {error}"
        )
        self._log.error(
            "partition halted",
            topic=at.topic,
            partition=at.partition,
            offset=record.offset,
            reason=str(error),
        )

    async def _broadcast(self) -> None:
        while True:
            await asyncio.sleep(_BROADCAST_S)
            async with self._turn:
                with contextlib.suppress(DatabaseUnavailable):
                    for book in list(self._books.values()):
                        await self._publish_portfolio(book)

    async def _publish_portfolio(self, book: Book) -> None:
        now_ns = self._clock.wall_ns()
        currency = self._resources.platform.portfolios[book.portfolio].currency
        worth = value(book, currency, self._marks.in_currency(currency))
        day = datetime.fromtimestamp(now_ns // SECOND, UTC).date()
        start = await self._store.day_start(book.portfolio, day, worth.equity)
        epoch, version = self._versions[book.portfolio]
        self._versions[book.portfolio] = (epoch, version + 1)
        applied = [
            Position(at.topic, at.partition, offset - 1)
            for at, offset in sorted(self._applied.items())
            if at.partition == portfolio_partition(book.portfolio) and at.topic in (ORDERS, FILLS)
        ]
        message = portfolio_message(
            book,
            currency,
            worth,
            self._marks.by_instrument,
            applied,
            version=epoch + version,
            now_ns=now_ns,
            day_start_equity=start,
        )
        self._gauge(book, worth.equity, worth.realised, worth.commission)
        identity = Identity(Root(f"ledger.portfolios/{book.portfolio}", epoch, version))
        record = self._resources.stamper.outgoing(
            PORTFOLIOS, book.portfolio, book.portfolio, message, identity, Lineage()
        )
        await self._producer.send([record])

    def _gauge(self, book: Book, equity: float, realised: float, commission: float) -> None:
        self._metrics.equity.labels(book.portfolio).set(equity)
        self._metrics.realised.labels(book.portfolio).set(realised)
        self._metrics.commission.labels(book.portfolio).set(commission)
        for asset, total in book.trial_balance().items():
            self._metrics.imbalance.labels(book.portfolio, asset).set(float(total))

    async def _watch_marks(self, consumer: BroadcastConsumer) -> None:
        while True:
            for record in await consumer.poll(max_records=1_000, timeout_s=1.0):
                with contextlib.suppress(PoisonRecord):
                    self._marks.see(open_record(record).value)


def _extended(lineage: bytes, hop: Hop) -> Lineage:
    return Lineage(lineage).with_hop(hop)
