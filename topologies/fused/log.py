"""What every topic of a fused run holds: positions at once, the bytes and headers of a record only when somebody reads it.

Offsets are counted as a log counts them, so identities that stand on positions are those of the distributed topology.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sextant.bus.layout import registry_layouts
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, Position
from sextant.contracts.topics import TOPICS, Topic
from sextant.core.identity import Identity
from sextant.core.time import MILLISECOND, SettableClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stage import Input
from sextant.runtime.stamp import LINEAGE, TRACEPARENT, headers_of, open_value, stamped_in

_APPENDED_AT_ONCE: Final = 1_000


class Kept(NamedTuple):
    """One record: `raw` where its bytes were needed in the run, else the message."""

    key: str
    raw: bytes
    value: Any
    identity: Identity
    lineage: Lineage
    trace: bytes
    stamp_ms: int

    @property
    def data(self) -> bytes:
        """The record's value on the wire."""
        return self.raw or bytes(self.value.SerializeToString(deterministic=True))


class RunLog:
    """All records of one run. Messages must not be changed after they were said."""

    def __init__(self, clock: SettableClock) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, int], list[Kept]] = {}

    def append(
        self,
        topic: str,
        partition: int,
        key: str,
        value: Any,
        raw: bytes,
        identity: Identity,
        lineage: Lineage,
        trace: bytes = b"",
    ) -> Input:
        """Give a record its place and return it as its consumers see it. `raw` is empty where no consumer needs the bytes."""
        kept = self._kept.get((topic, partition))
        if kept is None:
            kept = self._kept[topic, partition] = []
        position = Position(topic, partition, len(kept))
        stamp_ms = self._clock.now_ns // MILLISECOND
        kept.append(Kept(key, raw, None if raw else value, identity, lineage, trace, stamp_ms))
        return Input(position, key, value, raw, identity, lineage, trace)

    def append_outgoing(self, record: Outgoing) -> Input:
        """As append(), for a record that is whole already; the value is read back from its bytes as any consumer would."""
        headers, data = record.headers, record.value or b""
        return self.append(
            record.topic,
            record.partition,
            record.key.decode(),
            open_value(TOPICS[record.topic], data),
            data,
            stamped_in(headers).identity,
            Lineage(headers.get(LINEAGE, b"")),
            headers.get(TRACEPARENT, b""),
        )

    def count(self, topic: str) -> int:
        """Return how many records a topic holds."""
        return sum(len(kept) for (name, _), kept in self._kept.items() if name == topic)

    def counts(self) -> dict[str, int]:
        """Return the number of records of every topic that has any."""
        return {topic: count for topic in TOPICS if (count := self.count(topic))}

    def digest(self) -> str:
        """Return SHA-256 over all records: places, keys, values, identities. Lineage is left out, for it holds real times."""
        whole = hashlib.sha256()
        for (topic, partition), kept in sorted(self._kept.items()):
            for offset, record in enumerate(kept):
                place = f"{topic}/{partition}@{offset}/{record.key}"
                for part in (place.encode(), record.identity.encode(), _canonical(record, TOPICS[topic])):
                    whole.update(len(part).to_bytes(4, "big") + part)
        return whole.hexdigest()

    def to_bus(self, topics: Collection[str] = TOPICS) -> MemoryBus:
        """Return a log in memory that holds every record of some topics with its headers, for whoever reads a run after it has ended."""
        log = MemoryLog(self._clock)
        bus = MemoryBus(log)
        log.create(registry_layouts())
        for (topic, partition), kept in sorted(self._kept.items()):
            if topic not in topics:
                continue
            entry = TOPICS[topic]
            for start in range(0, len(kept), _APPENDED_AT_ONCE):
                chosen = kept[start : start + _APPENDED_AT_ONCE]
                log.append([_outgoing(entry, partition, record) for record in chosen])
        return bus


def _canonical(record: Kept, entry: Topic) -> bytes:
    """Return the value in deterministic serialisation: maps have no order on the wire."""
    if record.value is not None:
        return bytes(record.value.SerializeToString(deterministic=True))
    return bytes(entry.message.FromString(record.raw).SerializeToString(deterministic=True))


def _outgoing(entry: Topic, partition: int, record: Kept) -> Outgoing:
    headers = headers_of(entry, record.identity, record.lineage, record.trace)
    return Outgoing(entry.name, partition, record.key.encode(), record.data, headers, record.stamp_ms)
