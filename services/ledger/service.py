"""Running the ledger: as a member of its group, and how it begins anew after what it lost."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from services.ledger.marks import Marks
from services.ledger.metrics import LedgerMetrics
from services.ledger.partitions import Partitions
from services.ledger.store import BooksDiffer, LedgerStore, OwnerFenced
from services.ledger.watching import watch_marks
from sextant.bus.errors import MembershipLost
from sextant.runtime.migrations import DatabaseUnavailable
from sextant.runtime.service import Resources

GROUP: Final = "ledger"
_POLL_S: Final = 0.1
_MAX_RECORDS: Final = 1_000
#: Waits before the group is joined anew: the first one, and the longest.
_AGAIN_S: Final = 0.25
_LONGEST_S: Final = 5.0
#: What is over when everything held is dropped and taken anew: the store says what took effect, the group who owns what.
_PASSING: Final = (DatabaseUnavailable, OwnerFenced, BooksDiffer, MembershipLost)


class LedgerService:
    """A `Service`. `operator_key` verifies commands for the audit chain."""

    def __init__(self, resources: Resources, store: LedgerStore, operator_key: bytes | None = None) -> None:
        self._resources, self._store, self._health = resources, store, resources.health
        self._metrics = LedgerMetrics(resources.metrics)
        self._marks = Marks()
        self._partitions = Partitions(resources, store, self._marks, self._metrics, operator_key)
        self._wait_s = _AGAIN_S

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the books until `stop`. What is in `_PASSING` passes; nothing else does."""
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

    async def _member(self, stop: asyncio.Event, marks: asyncio.Task[None]) -> None:
        """Work as a member of the group until `stop`; leave it whatever happens, and keep nothing."""
        await self._store.check()
        self._health.set("database", True, "connected")
        bus, instance = self._resources.bus, self._resources.stamper.instance
        consumer = await bus.group(GROUP, self._partitions.topics, self._partitions, instance=instance)
        try:
            while not stop.is_set():
                self._health.beat()
                if marks.done():
                    marks.result()
                polled = await consumer.poll(max_records=_MAX_RECORDS, timeout_s=_POLL_S)
                await self._partitions.step(consumer, polled)
                if polled:  # what was wrong is over when something was applied, not when the database answers
                    self._wait_s = _AGAIN_S
        finally:
            try:
                await asyncio.wait_for(consumer.stop(), self._resources.process.drain_s)
            finally:
                self._partitions.clear()

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
