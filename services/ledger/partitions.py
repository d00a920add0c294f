"""The partitions that this ledger owns: taken with a claim, worked off step by step, dropped whole."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Inexact
from typing import Any, Final

from services.ledger.auditing import COMMANDS, Auditing
from services.ledger.bookkeeping import Bookkeeping
from services.ledger.marks import Marks
from services.ledger.metrics import LedgerMetrics
from services.ledger.reading import FILLS, ORDERS
from services.ledger.store import Claim, LedgerStore
from services.ledger.work import Work
from sextant.bus.port import GroupConsumer, Record, TopicPartition
from sextant.core.errors import InvalidValue, PoisonRecord
from sextant.core.time import MILLISECOND
from sextant.runtime.halted import Halted
from sextant.runtime.service import Resources
from sextant.runtime.speaking import speaking_of
from sextant.runtime.stamp import open_record

_SAY_NS: Final = 500 * MILLISECOND


class Partitions:
    """A `RebalanceListener`. What the store raises comes out of every method; the caller then drops everything and joins anew."""

    def __init__(
        self,
        resources: Resources,
        store: LedgerStore,
        marks: Marks,
        metrics: LedgerMetrics,
        operator_key: bytes | None,
    ) -> None:
        self._resources, self._store, self._clock = resources, store, resources.clock
        self._books = Bookkeeping(resources, store, marks, metrics)
        audit = Auditing(resources, store, metrics, operator_key)
        self._works: dict[str, Work[Any]] = {ORDERS: self._books, FILLS: self._books, COMMANDS: audit}
        self._claims: dict[TopicPartition, Claim] = {}
        self._halted = Halted(resources.health, resources.log, metrics.halted)
        self._turn = asyncio.Lock()
        self._said_ns = 0

    @property
    def topics(self) -> Sequence[str]:
        """What is read."""
        return tuple(self._works)

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Become the owner of the partitions, load their books, say what was not said."""
        async with self._turn:
            for at in partitions:
                claim = await self._store.acquire(
                    at.topic, at.partition, self._resources.stamper.instance, self._clock.wall_ns()
                )
                await self._works[at.topic].open(claim)
                self._claims[at] = claim
            self._resources.health.set("state", True, f"{len(self._claims)} partitions")
            offsets = {at: self._claims[at].next_offset for at in partitions}
            return {at: offset for at, offset in offsets.items() if offset is not None}

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Forget; every step was whole when it gave the turn back."""
        async with self._turn:
            self._drop(partitions)

    async def step(self, consumer: GroupConsumer, polled: Mapping[TopicPartition, Sequence[Record]]) -> None:
        """Apply what was read, say what is due, commit."""
        async with self._turn:
            in_ns = self._clock.wall_ns()
            for at, records in polled.items():
                if at in self._claims and at not in self._halted:
                    await self._apply(consumer, at, records, in_ns)
            if self._clock.monotonic_ns() - self._said_ns >= _SAY_NS:
                self._said_ns = self._clock.monotonic_ns()
                await self._books.say_portfolios()
            if polled:
                await consumer.commit(self._reached(consumer))

    def clear(self) -> None:
        """Forget everything, also what was only half opened."""
        self._books.clear()
        self._drop(list(self._claims))

    def _drop(self, partitions: Sequence[TopicPartition]) -> None:
        for at in partitions:
            self._works[at.topic].close(at)
            self._claims.pop(at, None)
        self._halted.release(partitions)

    def _reached(self, consumer: GroupConsumer) -> dict[TopicPartition, int]:
        held = consumer.assignment()
        offsets = {at: claim.next_offset for at, claim in self._claims.items() if at in held}
        return {at: offset for at, offset in offsets.items() if offset is not None}

    async def _apply(
        self, consumer: GroupConsumer, at: TopicPartition, records: Sequence[Record], in_ns: int
    ) -> None:
        """Apply what is new; what cannot be read or booked halts the partition, after all that comes before it."""
        claim, work = self._claims[at], self._works[at.topic]
        items, reached = [], claim.next_offset or 0
        for record in records:
            if record.offset < reached:
                continue
            try:
                items.append(_read(work, record))
            except (PoisonRecord, InvalidValue) as error:
                consumer.pause([at])
                with speaking_of(record):
                    self._halted.halt(at, f"halted at offset {record.offset}: {error}")
                break
            reached = record.offset + 1
        if items:
            self._claims[at] = await work.apply(claim, items, reached, in_ns)


def _read(work: Work[Any], record: Record) -> Any:
    """Return what a record asks for. Raises PoisonRecord or InvalidValue."""
    try:
        return work.read(open_record(record))
    except Inexact as error:
        raise InvalidValue("amounts", "longer ones", "numbers that can be reckoned with exactly") from error
