"""Records that cannot be read, by us or by the handler: kept aside with limits on market topics, a halt on money topics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sextant.bus.port import Outgoing, Position, Record
from sextant.contracts.topics import TOPICS, Poison, dead_letter_topic
from sextant.core.errors import Fatal, PoisonRecord
from sextant.runtime.stage import Input
from sextant.runtime.stamp import open_record

#: A consumer that finds more than `LIMIT` unreadable records among `BLOCK` consecutive ones stops: something larger is wrong.
BLOCK: Final = 1_000
LIMIT: Final = 100


class TooMuchPoison(Fatal):
    """The input is unreadable as a whole."""


@dataclass(slots=True)
class Sifted:
    """Records of one partition as far as they may be read: `halts` is why it ends before the last one."""

    inputs: list[Input] = field(default_factory=list)
    letters: list[Outgoing] = field(default_factory=list)
    halts: PoisonRecord | None = None


class PoisonGuard:
    """Decides about unreadable records of one worker."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._seen = self._unreadable = 0

    def readable(self) -> None:
        """A record was read well."""
        self._count(unreadable=0)

    def sift(self, records: Iterable[Record]) -> Sifted:
        """Open records in order, up to one at which the partition has to halt. Raises TooMuchPoison above the limit."""
        sifted = Sifted()
        for record in records:
            try:
                sifted.inputs.append(open_record(record))
                self.readable()
            except PoisonRecord as error:
                letter = self.dead_letter(record, error)
                if letter is None:
                    sifted.halts = error
                    break
                sifted.letters.append(letter)
        return sifted

    def refuse(self, error: PoisonRecord, records: Sequence[Record], sifted: Sifted) -> None:
        """Take out of `sifted` a record that was opened, and that the handler cannot read: what then happens is as in sift().

        Raises `error` where it is not about one of the inputs, and TooMuchPoison above the limit.
        """
        place = Position(error.topic, error.partition, error.offset)
        if all(each.position != place for each in sifted.inputs):
            raise error
        (record,) = (each for each in records if each.position == place)
        letter = self.dead_letter(record, error)
        if letter is None:
            sifted.halts = error
            sifted.inputs = [each for each in sifted.inputs if each.position.offset < place.offset]
        else:
            sifted.letters.append(letter)
            sifted.inputs = [each for each in sifted.inputs if each.position != place]

    def dead_letter(self, record: Record, error: PoisonRecord) -> Outgoing | None:
        """Return the record to keep aside; None when the partition has to halt: its topic must never skip, or there are no dead letters.

        The registry gives a dead-letter topic, and the right to write it, to those only whom it names as consumers.

        Raises TooMuchPoison above the limit.
        """
        entry = TOPICS[record.topic]
        if entry.poison is Poison.HALT or self._service not in entry.consumers:
            return None
        self._count(unreadable=1)
        if self._unreadable > LIMIT:
            raise TooMuchPoison(
                f"{record.topic}: {self._unreadable} of {self._seen} records unreadable, the last: {error.reason}"
            )
        origin = f"{record.topic}/{record.partition}@{record.offset}"
        headers = {**record.headers, "origin": origin.encode(), "reason": error.reason[:500].encode()}
        topic = dead_letter_topic(record.topic, self._service)
        return Outgoing(topic, 0, record.key, record.value, headers, record.timestamp_ms)

    def _count(self, *, unreadable: int) -> None:
        if self._seen == BLOCK:
            self._seen = self._unreadable = 0
        self._seen += 1
        self._unreadable += unreadable
