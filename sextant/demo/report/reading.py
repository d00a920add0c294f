"""Reading whole topics in pieces, and telling redelivered records from records that are out of order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, TypeVar

from google.protobuf.message import DecodeError, Message

from sextant.bus.port import Bus, Record, TopicPartition
from sextant.contracts.topics import TOPICS, Poison
from sextant.core.errors import InvalidValue
from sextant.core.identity import Identity
from sextant.runtime.stamp import identity_of

#: Records held at a time.
CHUNK: Final = 5_000
M = TypeVar("M", bound=Message)


async def whole_topic(bus: Bus, topic: str) -> AsyncIterator[Record]:
    """Yield the records of each partition in order, partition by partition, up to the end of this moment."""
    for partition, end in sorted((await bus.end_offsets(topic)).items()):
        async for record in _partition(bus, partition, end):
            yield record


async def messages(bus: Bus, sieve: Sieve, kind: type[M]) -> AsyncIterator[tuple[Record, Identity, M]]:
    """Yield what consumers of the sieve's topic apply: each record once, with its identity and message.

    A record that cannot be read is a problem on a topic that must not lose any; elsewhere it went to the dead letters, which are counted.
    """
    async for record in whole_topic(bus, sieve.topic):
        try:
            identity = sieve.take(record)
            if identity is not None:
                yield record, identity, kind.FromString(record.value or b"")
        except (DecodeError, InvalidValue) as error:
            if TOPICS[sieve.topic].poison is Poison.HALT:
                where = f"{sieve.topic}/{record.partition}@{record.offset}"
                sieve.problems.append(f"{where}: cannot be read: {error}")


async def _partition(bus: Bus, partition: TopicPartition, end: int) -> AsyncIterator[Record]:
    start, size = 0, CHUNK
    while start < end:
        stop = min(start + size, end)
        records = await bus.read(partition, start, stop)
        for record in records:
            yield record
        start = stop
        # Retention may have taken millions of offsets: they are crossed in ever larger steps.
        size = CHUNK if records else size * 2


class Sieve:
    """Lets records of one topic through once, as consumers do: a root source only ever grows inside a partition.

    A record that is not above the newest one and was seen before is a redelivery, which is harmless. One that was never seen is lost
    to every consumer: its identity goes back. Where `compares` is set, a redelivery must also say what was said first.
    """

    def __init__(self, topic: str, *, compares: bool = False) -> None:
        self.topic, self._compares = topic, compares
        self._marks: dict[tuple[int, str], tuple[int, int, bytes]] = {}
        self._seen: dict[int, int] = {}
        self.redelivered = 0
        self.problems: list[str] = []
        self.contradictions: list[str] = []

    def take(self, record: Record) -> Identity | None:
        """Return the identity of a record that consumers apply; None for one that they drop. Raises InvalidValue without one."""
        identity = identity_of(record)
        key, order = (record.partition, identity.root.source), identity.order
        place, content = hash((record.partition, identity)), hash(record.value) if self._compares else 0
        if order > self._marks.get(key, (-1, -1, b"")):
            self._marks[key] = order
            self._seen[place] = content
            return identity
        self.redelivered += 1
        where = f"{self.topic}/{record.partition}@{record.offset}"
        if place not in self._seen:
            self.problems.append(f"{where}: the identity goes back and was never seen")
        elif self._seen[place] != content:
            self.contradictions.append(f"{where}: said before under the same identity, but not the same")
        return None
