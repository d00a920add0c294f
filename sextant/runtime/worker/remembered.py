"""What the side topics said so far, for partitions that have had no input yet: they need all of it at once when the first record comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sextant.bus.port import Record
from sextant.contracts.topics import TOPICS

#: Of topics that are not compacted every record counts. When they have said more than this, the log is read instead.
MOST_FACTS: Final = 10_000


class Remembered:
    """The newest record of each key of compacted topics, and every record of others, in the order in which they came."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, int, bytes], Record] = {}
        self._facts: list[Record] = []
        self._is_whole = True

    def add(self, record: Record) -> None:
        """Take a record that has been read."""
        if TOPICS[record.topic].is_compacted:
            place = record.topic, record.partition, record.key
            self._values.pop(place, None)  # what is newest comes last, as in the log
            self._values[place] = record
        elif self._is_whole:
            self._facts.append(record)
            if len(self._facts) > MOST_FACTS:
                self._is_whole, self._facts = False, []

    def records(self) -> Sequence[Record] | None:
        """Return what a state that knows nothing yet has to apply; None where it is too much to be remembered."""
        return [*self._values.values(), *self._facts] if self._is_whole else None
