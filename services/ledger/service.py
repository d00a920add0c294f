"""Running the ledger: which partitions it owns, its steps over them, and how it begins anew after what it lost."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.ledger.auditing import COMMANDS, Auditing
from services.ledger.bookkeeping import FILLS, ORDERS, Bookkeeping
from services.ledger.marks import Marks
from services.ledger.metrics import LedgerMetrics
from services.ledger.store import Claim, LedgerStore, OwnerFenced
from services.ledger.watching import watch_marks
from services.ledger.work import Work
from sextant.bus.errors import MembershipLost
from sextant.bus.port import GroupConsumer, Record, TopicPartition
from sextant.core.errors import InvalidValue, PoisonRecord
from sextant.core.time import MILLISECOND
from sextant.runtime.halted import Halted
from sextant.runtime.migrations import DatabaseUnavailable
from sextant.runtime.service import Resources
from sextant.runtime.speaking import speaking_of
from sextant.runtime.stamp import open_record

GROUP: Final = "ledger"
_SAY_NS: Final = 500 * MILLISECOND
_POLL_S: Final = 0.1
_MAX_RECORDS: Final = 1_000
#: Waits before the group is joined anew: the first one, and the longest.
_AGAIN_S: Final = 0.25
_LONGEST_S: Final = 5.0
#: What is over when everything held is dropped and taken anew: the store says what took effect, the group who owns what.
_PASSING: Final = (DatabaseUnavailable, OwnerFenced, MembershipLost)


class LedgerService:
    """A `Service`, and the `RebalanceListener` of its own consumer. `operator_key` verifies commands for the audit chain."""

    def __init__(self, resources: Resources, store: LedgerStore, operator_key: bytes | None = None) -> None:
        self._resources, self._store = resources, store
        self._health, self._clock = resources.health, resources.clock
        self._metrics = LedgerMetrics(resources.metrics)
        self._marks = Marks()
        self._books = Bookkeeping(resources, store, self._marks, self._metrics)
        audit = Auditing(resources, store, self._metrics, operator_key)
        self._works: dict[str, Work[Any]] = {ORDERS: self._books, FILLS: self._books, COMMANDS: audit}
        self._claims: dict[TopicPartition, Claim] = {}
        self._halted = Halted(resources.health, resources.log, self._metrics.halted)
        self._turn = asyncio.Lock()
        self._said_ns = 0
        self._wait_s = _AGAIN_S

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the books until `stop`. An outage of the database, a fence and a lost membership pass; nothing else does."""
        marks = asyncio.create_task(watch_marks(self._resources, self._marks, self._metrics))
        try:
            while not stop.is_set():
                try:
                    await self._member(stop, marks)
                except _PASSING as error:
                    await self._begin_anew(error, stop)
        finally:
            marks.cancel()
            await asyncio.gather(marks, return_exceptions=True)

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Become the owner of the partitions, load their books, say what was not said."""
        async with self._turn:
            for at in partitions:
                claim = await self._store.acquire(
                    at.topic, at.partition, self._resources.stamper.instance, self._clock.wall_ns()
                )
                await self._works[at.topic].open(claim)
                self._claims[at] = claim
            self._health.set("state", True, f"{len(self._claims)} partitions")
            self._wait_s = _AGAIN_S
            offsets = {at: self._claims[at].next_offset for at in partitions}
            return {at: offset for at, offset in offsets.items() if offset is not None}

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Forget; every step was whole when it gave the turn back."""
        async with self._turn:
            self._drop(partitions)

    def _drop(self, partitions: Sequence[TopicPartition]) -> None:
        for at in partitions:
            self._works[at.topic].close(at)
            self._claims.pop(at, None)
        self._halted.release(partitions)

    async def _member(self, stop: asyncio.Event, marks: asyncio.Task[None]) -> None:
        """Work as a member of the group until `stop`; leave it whatever happens, and keep nothing."""
        await self._store.check()
        self._health.set("database", True, "connected")
        bus, instance = self._resources.bus, self._resources.stamper.instance
        consumer = await bus.group(GROUP, list(self._works), self, instance=instance)
        try:
            while not stop.is_set():
                self._health.beat()
                if marks.done():
                    marks.result()
                await self._cycle(consumer)
        finally:
            try:
                await asyncio.wait_for(consumer.stop(), self._resources.process.drain_s)
            finally:
                self._books.clear()
                self._drop(list(self._claims))

    async def _begin_anew(self, error: Exception, stop: asyncio.Event) -> None:
        cause = type(error).__name__
        if isinstance(error, DatabaseUnavailable):
            self._health.set("database", False, str(error))
        if isinstance(error, OwnerFenced):
            self._metrics.fenced.inc()
        self._metrics.rejoins.labels(cause).inc()
        self._health.set("state", False, f"joins its group anew: {error}")
        self._resources.log.warning("everything dropped, will join anew", cause=cause, reason=str(error))
        self._health.beat()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), self._wait_s)
        self._wait_s = min(2 * self._wait_s, _LONGEST_S)

    async def _cycle(self, consumer: GroupConsumer) -> None:
        polled = await consumer.poll(max_records=_MAX_RECORDS, timeout_s=_POLL_S)
        async with self._turn:
            in_ns = self._clock.wall_ns()
            for at, records in polled.items():
                if at in self._claims and at not in self._halted:
                    await self._step(consumer, at, records, in_ns)
            if self._clock.monotonic_ns() - self._said_ns >= _SAY_NS:
                self._said_ns = self._clock.monotonic_ns()
                await self._books.say_portfolios()
            if polled:
                await consumer.commit(self._reached(consumer))

    def _reached(self, consumer: GroupConsumer) -> dict[TopicPartition, int]:
        held = consumer.assignment()
        offsets = {at: claim.next_offset for at, claim in self._claims.items() if at in held}
        return {at: offset for at, offset in offsets.items() if offset is not None}

    async def _step(
        self, consumer: GroupConsumer, at: TopicPartition, records: Sequence[Record], in_ns: int
    ) -> None:
        """Apply what is new; what cannot be read or booked halts the partition, after all that comes before it."""
        claim, work = self._claims[at], self._works[at.topic]
        items, reached = [], claim.next_offset or 0
        for record in records:
            if record.offset < reached:
                continue
            try:
                items.append(work.read(open_record(record)))
            except (PoisonRecord, InvalidValue) as error:
                consumer.pause([at])
                with speaking_of(record):
                    self._halted.halt(at, f"halted at offset {record.offset}: {error}")
                break
            reached = record.offset + 1
        if items:
            self._claims[at] = await work.apply(claim, items, reached, in_ns)
