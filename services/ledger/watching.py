"""Following mark prices: what cannot be read is counted and kept aside, never passed over in silence."""

from __future__ import annotations

from typing import Final

from services.ledger.marks import Marks
from services.ledger.metrics import LedgerMetrics
from services.ledger.reading import VECTORS
from sextant.bus.port import Outgoing, Record
from sextant.core.errors import InvalidValue, PoisonRecord
from sextant.runtime.service import Resources
from sextant.runtime.stamp import open_record
from sextant.runtime.worker.poison import PoisonGuard

_CHECK: Final = "state/marks"
_POLL_S: Final = 1.0


async def watch_marks(resources: Resources, marks: Marks, metrics: LedgerMetrics) -> None:
    """Follow the feature vectors until cancelled. Raises TooMuchPoison when they are unreadable as a whole, OutputLost."""
    guard, producer = PoisonGuard("ledger"), resources.bus.producer()
    resources.health.set(_CHECK, False, "catching up")
    consumer = await resources.bus.broadcast([VECTORS])
    try:
        while True:
            if consumer.is_ready and not marks.is_caught_up:
                marks.is_caught_up = True
                resources.health.set(_CHECK, True, "caught up")
            letters: list[Outgoing] = []
            for record in await consumer.poll(max_records=1_000, timeout_s=_POLL_S):
                try:
                    _see(marks, record)
                    guard.readable()
                except PoisonRecord as error:
                    letter = guard.dead_letter(record, error)
                    if letter is not None:
                        letters.append(letter)
                        metrics.unreadable.inc()
            if letters:
                await producer.send(letters)
    finally:
        await consumer.stop()


def _see(marks: Marks, record: Record) -> None:
    opened = open_record(record)
    try:
        marks.see(opened.value)
    except InvalidValue as error:
        raise PoisonRecord(
            topic=record.topic, partition=record.partition, offset=record.offset, reason=str(error)
        ) from error
