"""Publishing one partition's outbox: in the journal's order, with ids that are functions of the place in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from services.execution.journal import Entry, Journal
from services.execution.metrics import ExecutionMetrics
from sextant.bus.port import Outgoing, Producer
from sextant.contracts.topics import TOPICS
from sextant.core.identity import Identity, Root
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import Stamper
from sextant.telemetry.spans import SpanSink

_BATCH = 500


class Outbox:
    """Takes entries in whatever order writers finish and sends them in the journal's order, without holes.

    An entry is published again when the process died before it was marked; its identity is the same, so consumers drop it. It is
    marked when the spans of what it tells have left too: those of unmarked entries are made again.
    """

    def __init__(
        self,
        partition: int,
        journal: Journal,
        producer: Producer,
        stamper: Stamper,
        metrics: ExecutionMetrics,
        spans: SpanSink,
        *,
        unpublished: Iterable[Entry],
        next_sequence: int,
    ) -> None:
        self._partition, self._journal, self._producer = partition, journal, producer
        self._stamper, self._metrics, self._spans = stamper, metrics, spans
        self._pending = {entry.sequence: entry for entry in unpublished}
        self._next = min(self._pending, default=next_sequence)
        self._marked = self._next
        self._arrived = asyncio.Event()
        self._arrived.set()
        self._gauge = metrics.outbox.labels(str(partition))

    @property
    def waiting(self) -> int:
        """How many entries the log has not acknowledged. Whoever adds entries takes less on while there are too many."""
        return len(self._pending)

    def offer(self, entries: Iterable[Entry]) -> None:
        """Take entries that the journal has just written."""
        for entry in entries:
            self._pending[entry.sequence] = entry
        self._arrived.set()

    async def run(self) -> None:
        """Publish until cancelled. Raises OutputLost, JournalUnavailable."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            await self.flush()

    async def flush(self) -> None:
        """Publish what follows without a hole, and mark what is published."""
        while batch := self._ready():
            records = [outbox_record(self._stamper, self._partition, entry) for entry in batch]
            await self._producer.send(records)
            for entry in batch:
                del self._pending[entry.sequence]
                self._metrics.published.labels(entry.draft.topic).inc()
            self._next = batch[-1].sequence + 1
            self._gauge.set(len(self._pending))
            await self._mark()
        await self._mark()

    async def _mark(self) -> None:
        """Mark what was sent; also what a cancelled run() had sent and not marked."""
        if self._marked == self._next:
            return
        await self._spans.settle()
        sent = self._next
        await self._journal.mark_published(self._partition, sent - 1)
        self._marked = sent

    def _ready(self) -> list[Entry]:
        batch: list[Entry] = []
        while len(batch) < _BATCH and self._next + len(batch) in self._pending:
            batch.append(self._pending[self._next + len(batch)])
        return batch


def outbox_record(stamper: Stamper, partition: int, entry: Entry) -> Outgoing:
    """Return the record of an outbox entry: its id is a function of its place."""
    draft = entry.draft
    message = TOPICS[draft.topic].message.FromString(draft.payload)
    identity = Identity(Root(f"execution.journal/{partition}", 0, entry.sequence))
    return stamper.outgoing(
        draft.topic, draft.key, draft.portfolio, message, identity, Lineage(draft.lineage), trace=draft.trace
    )
