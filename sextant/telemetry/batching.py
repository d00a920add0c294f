"""A bounded queue in front of an exporter: the record path never waits for it, a commit does, for a bounded time."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final

from sextant.telemetry.metrics import SpanMetrics
from sextant.telemetry.span import Span
from sextant.telemetry.spans import SpanExporter, SpansRefused

#: Between two attempts while somebody waits.
_AGAIN_S: Final = 0.02


class BatchingSink:
    """A `SpanSink`; what does not fit is dropped and counted, and so is what the exporter refuses. `run()` exports until `close()`.

    A span's number among all that were taken is its place in the queue, so two counts say what has left (or was refused). Whoever waited
    `patience_s` in vain has found the exporter away: from then on nobody waits until a batch has left again, so that a collector
    that is down costs one pause and not one at each commit. What was not waited for counts as late.
    """

    is_wanted = True
    CAPACITY: Final = 100_000
    BATCH: Final = 2_000

    def __init__(
        self,
        exporter: SpanExporter,
        metrics: SpanMetrics,
        *,
        interval_s: float = 0.5,
        patience_s: float = 0.5,
    ) -> None:
        self._exporter, self._metrics = exporter, metrics
        self._interval_s, self._patience_s = interval_s, patience_s
        self._queue: deque[Span] = deque()
        self._taken = self._left = self._late = 0
        self._is_away = self._has_failed = self._is_closed = False
        self._wanted = asyncio.Event()
        self._attempted = asyncio.Event()

    def add(self, span: Span) -> None:
        if len(self._queue) >= self.CAPACITY:
            self._metrics.dropped.inc()
            return
        self._taken += 1
        self._queue.append(span)

    @property
    def is_pending(self) -> bool:
        return self._left < self._taken

    async def settle(self) -> None:
        mark = self._taken
        if self._left < mark and not self._is_away:
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._until(mark)
            except TimeoutError:
                self._is_away = True
        if self._left < mark:
            self._count_late(mark)

    async def run(self) -> None:
        """Export until close() is called, then what is left, once; then close the exporter."""
        is_last = False
        while not is_last:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), 0 if self._is_closed else self._interval_s)
            self._wanted.clear()
            is_last = self._is_closed
            await self._flush()
        await self._exporter.close()

    def close(self) -> None:
        """Let run() end."""
        self._is_closed = True
        self._wanted.set()

    async def _until(self, mark: int) -> None:
        while self._left < mark:
            self._wanted.set()
            await self._attempted.wait()
            if self._left < mark and self._has_failed:
                await asyncio.sleep(_AGAIN_S)

    def _count_late(self, mark: int) -> None:
        self._metrics.late.inc(max(0, mark - max(self._left, self._late)))
        self._late = max(self._late, mark)

    async def _flush(self) -> None:
        """Export what is there; what cannot be exported now stays for the next time, what is refused is given up."""
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(self.BATCH, len(self._queue)))]
            try:
                await self._exporter.export(batch)
                self._metrics.exported.inc(len(batch))
            except OSError:
                self._queue.extendleft(reversed(batch))
                self._tell(has_failed=True)
                return
            except SpansRefused:
                self._metrics.refused.inc(len(batch))
            self._left += len(batch)
            self._is_away = False
            self._tell(has_failed=False)

    def _tell(self, *, has_failed: bool) -> None:
        """Wake everybody who waits for this attempt."""
        self._has_failed = has_failed
        attempted, self._attempted = self._attempted, asyncio.Event()
        attempted.set()
