"""From a feed to the log: one send under way at a time, everything that came meanwhile goes with the next.

There is no timer: while the socket is quiet a batch leaves at once, under load batches grow with the broker's answer time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from services.ingest.adapters.records import Records
from services.ingest.metrics import IngestMetrics
from sextant.bus.port import Outgoing, Producer
from sextant.venues.binance.feed import VenueFeed

#: Raw bytes that may wait for the log; above this the sockets are not read.
MOST_PENDING_BYTES = 8 * 1024 * 1024


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
        #: Our wall clock when the newest frame came.
        self.newest_ns = 0

    @property
    def is_behind(self) -> bool:
        """Whether so much waits that no more should be read."""
        return self._feed.pending_bytes > MOST_PENDING_BYTES

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

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
        while not self._is_closing:
            await self._woken.wait()
            self._woken.clear()
            await self._flush()
        await self._flush()

    async def _flush(self) -> None:
        said, journal = self._feed.take(), self._feed.take_journal()
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
            self._on_drained()
