"""The port to the log: records in, records out. Adapters: `sextant.bus.kafka`, `sextant.bus.memory`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, Self

Headers = Mapping[str, bytes]


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


class Position(NamedTuple):
    """Where a record lies in the log."""

    topic: str
    partition: int
    offset: int

    @property
    def place(self) -> str:
        """ "topic/partition@offset", as people write it."""
        return f"{self.topic}/{self.partition}@{self.offset}"


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it lies in the log. `value` None is a tombstone of a compacted topic."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers: Headers
    timestamp_ms: int

    @property
    def position(self) -> Position:
        return Position(self.topic, self.partition, self.offset)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to append to `topic`/`partition`."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    headers: Headers = field(default_factory=dict)
    timestamp_ms: int | None = None


class Producer(Protocol):
    """Appends records. Idempotent and acks=all: an acknowledged record is in the log once, in the order of the calls per partition."""

    async def send(self, records: Sequence[Outgoing]) -> list[Position]:
        """Append all and return their positions once all are acknowledged.

        Records of one partition keep their order, also across concurrent calls in call order. Raises OutputLost when the broker
        refused or did not answer in time: the caller must then stop without committing.
        """

    async def prepare(self, topics: Sequence[str]) -> None:
        """Connect and learn where these topics lie, so that their first records need not wait for it. Raises BusUnavailable."""


class RebalanceListener(Protocol):
    """Told about partitions of a group consumer. Both are awaited before records of the new assignment are returned.

    An exception in either fails the consumer: the next poll() raises it (the adapters carry it there themselves).
    """

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Build state; return the offset to start from where it differs from the committed one."""

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Drain and drop state inside the shared deadline; commit through the consumer is still possible here."""


class GroupConsumer(Protocol):
    """One member of a consumer group. Revocation is also called by stop()."""

    async def poll(self, *, max_records: int, timeout_s: float) -> Mapping[TopicPartition, Sequence[Record]]:
        """Return what is there, at least one record unless the time passes; never records of a paused or revoked partition."""

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        """Return no records of these until resumed; membership is kept as long as poll() is called."""

    def resume(self, partitions: Sequence[TopicPartition]) -> None: ...

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Return records from `offset` on next."""

    def assignment(self) -> frozenset[TopicPartition]: ...

    @property
    def is_settled(self) -> bool:
        """Whether the group has given this member its share, none perhaps, and the listener is done with it."""

    async def committed(self, partition: TopicPartition) -> int | None:
        """Return the next offset that the group has not processed; None when it never committed."""

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Store the next offsets. Raises MembershipLost when the partitions belong to another member by now."""

    async def high_water(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Return the offset after the last record of each."""

    async def stop(self) -> None:
        """Revoke (listener included), leave the group, close. Calling twice is safe."""


class BroadcastConsumer(Protocol):
    """Reads every partition of some topics from the beginning, without a group."""

    @property
    def is_ready(self) -> bool:
        """Whether everything up to the high-water mark at start has been returned by poll()."""

    async def poll(self, *, max_records: int, timeout_s: float) -> Sequence[Record]:
        """Return what is there in order per partition, at least one record unless the time passes."""

    async def stop(self) -> None: ...


class Bus(Protocol):
    """A connection to the log."""

    async def start(self) -> Self:
        """Connect. Raises BusUnavailable with the address when nobody answers in time."""

    async def stop(self) -> None:
        """Flush and close everything that was made from it. Calling twice is safe."""

    async def ensure_topics(self) -> None:
        """Create every topic of the registry, dead letters included, that is missing. Raises SettingsInvalid where one differs in partitions."""

    async def await_topics(self, *, seconds: float) -> None:
        """Wait until somebody has created every topic of the registry. Raises BusUnavailable naming those that are missing."""

    def producer(self) -> Producer: ...

    async def group(
        self,
        group: str,
        topics: Sequence[str],
        listener: RebalanceListener,
        *,
        instance: str,
        gather_ms: int = 0,
    ) -> GroupConsumer:
        """Return a member of `group` that reads `topics`; `instance` names it in tools.

        `gather_ms` lets records wait for others, so that who is in no hurry costs the broker and itself less: 0 for everybody that an
        order waits for.

        It joins with its first poll(), so that the listener can hold it before. A rebalance revokes all partitions of a member, also
        those that it gets again; what was paused is no longer paused.
        """

    async def broadcast(
        self, topics: Sequence[str], *, from_end: bool = False, gather_ms: int = 0
    ) -> BroadcastConsumer:
        """Read whole topics from their oldest records, or only what comes from now on; `gather_ms` as in group()."""

    async def read(
        self, partition: TopicPartition, start: int | None = None, end: int | None = None
    ) -> Sequence[Record]:
        """Return all records from `start` (the oldest when None) to the high-water mark of this moment, or below `end`."""

    async def end_offsets(self, topic: str) -> Mapping[TopicPartition, int]:
        """Return the high-water mark of each partition of a topic."""

    async def delete_before(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Let go of records below the offsets. Best effort: a failure is counted, never raised."""
