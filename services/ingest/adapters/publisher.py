"""From a feed to the log: one send under way at a time, everything that came meanwhile goes with the next.

What comes after a quiet moment leaves at once; after an answer the next batch waits for the beat, which is one for all venues of the
process: what they say then leaves in one request and wakes each reader once. A batch costs every service after this one about the same,
however much it holds, so with the rest a tick of a busy market reaches its order sooner.

The journal of frames is gathered for a moment, because nobody trades on it and a record with one frame costs twice the frame. So a
process that is killed may lose the frames of its last moment; what was said of them is in the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from services.ingest.adapters.records import Records
from services.ingest.metrics import IngestMetrics
from sextant.bus.port import Outgoing, Producer
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.binance.links import Journal

#: Raw bytes that may wait for the log; above this the sockets are not read.
MOST_PENDING_BYTES = 8 * 1024 * 1024
#: The journal leaves with the next flush once it holds so much, or for so long: 50 frames compress to a sixth, one hardly at all.
JOURNAL_BYTES = 64 * 1024
JOURNAL_S = 0.5
#: After an answer the next batch leaves at the next multiple of this of the loop's clock, s.
BEAT_S = 0.03


class Publisher:
    """Sends what one venue's feed says. `on_drained` is called after each send."""

    def __init__(
        self,
        feed: VenueFeed,
        producer: Producer,
        records: Records,
        metrics: IngestMetrics,
        on_drained: Callable[[], None],
    ) -> None:
        self._feed, self._producer, self._records, self._metrics = feed, producer, records, metrics
        self._on_drained = on_drained
        self._woken = asyncio.Event()
        self._is_closing = False
        self._queued: list[Outgoing] = []
        self._journal_due: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._is_over = False
        #: Our wall clock when the newest frame came.
        self.newest_ns = 0

    @property
    def is_behind(self) -> bool:
        """Whether so much waits that no more should be read."""
        return self._feed.pending_bytes > MOST_PENDING_BYTES

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    def finish(self) -> None:
        """A connection is gone: the frames of its last moment wait for no others."""
        self._is_over = True
        self.wake()

    def queue(self, records: list[Outgoing]) -> None:
        """Send these with the next flush, before the batches."""
        self._queued += records
        self.wake()

    def close(self) -> None:
        """Flush once more and end run()."""
        self._is_closing = True
        self.wake()

    async def run(self) -> None:
        """Send until close(). Raises OutputLost when the log does not take a record: the service must stop."""
        try:
            while not self._is_closing:
                await self._woken.wait()
                self._woken.clear()
                await self._beat()
                await self._flush()
            await self._flush()
        finally:
            self._journal_left()

    async def _beat(self) -> None:
        pause_s = self._due_at - asyncio.get_running_loop().time()
        if pause_s > 0 and not self._is_closing:
            await asyncio.sleep(pause_s)

    async def _flush(self) -> None:
        journal, said = self._journal(), self._feed.take()
        records, self._queued = self._queued, []
        newest = self.newest_ns
        for batch in said:
            records.append(self._records.events(batch, newest or batch.receive_ns))
        for piece in journal:
            records.append(self._records.frames(piece, newest or piece.batch.receive_time_ns[-1]))
        if records:
            self._metrics.flushed(
                self._feed.venue, len(said), sum(len(record.value or b"") for record in records)
            )
            await self._producer.send(records)
            if said:
                self._metrics.acknowledged(self._feed.venue, newest, self._records.now_ns())
            self._due_at = (asyncio.get_running_loop().time() // BEAT_S + 1) * BEAT_S
            self._on_drained()

    def _journal(self) -> list[Journal]:
        """Return the journal when it is due; wake up when it will be."""
        held = self._feed.pending_bytes
        if self._is_closing or self._is_over or held >= JOURNAL_BYTES or self._is_journal_due():
            self._is_over = False
            self._journal_left()
            return self._feed.take_journal()
        if held and self._journal_due is None:
            self._journal_due = asyncio.get_running_loop().call_later(JOURNAL_S, self.wake)
        return []

    def _is_journal_due(self) -> bool:
        due = self._journal_due
        return due is not None and due.when() <= asyncio.get_running_loop().time()

    def _journal_left(self) -> None:
        if self._journal_due is not None:
            self._journal_due.cancel()
            self._journal_due = None
