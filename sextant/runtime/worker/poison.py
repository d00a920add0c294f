"""Records that cannot be read: kept aside with limits on market topics, a halt on money topics."""

from __future__ import annotations

from typing import Final

from sextant.bus.port import Outgoing, Record
from sextant.contracts.topics import TOPICS, Poison, dead_letter_topic
from sextant.core.errors import Fatal, PoisonRecord

#: A consumer that finds this many unreadable records in a row, or this share of what it reads, stops: something larger is wrong.
IN_A_ROW: Final = 100


class TooMuchPoison(Fatal):
    """The input is unreadable as a whole."""


class PoisonGuard:
    """Decides about unreadable records of one worker."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._in_a_row = 0

    def readable(self) -> None:
        """A record was read well."""
        self._in_a_row = 0

    def dead_letter(self, record: Record, error: PoisonRecord) -> Outgoing | None:
        """Return the record to keep aside; None when its topic must never skip and the partition has to halt.

        Raises TooMuchPoison above the limit.
        """
        if TOPICS[record.topic].poison is Poison.HALT:
            return None
        self._in_a_row += 1
        if self._in_a_row > IN_A_ROW:
            raise TooMuchPoison(
                f"{record.topic}: {self._in_a_row} unreadable records in a row, the last: {error.reason}"
            )
        origin = f"{record.topic}/{record.partition}@{record.offset}"
        headers = {**record.headers, "origin": origin.encode(), "reason": error.reason[:500].encode()}
        topic = dead_letter_topic(record.topic, self._service)
        return Outgoing(topic, 0, record.key, record.value, headers, record.timestamp_ms)
