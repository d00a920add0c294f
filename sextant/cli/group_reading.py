"""What a broker knows of consumer groups: who is a member and holds what, how far each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import for_code

from sextant.bus.kafka.log import KafkaLog
from sextant.bus.kafka.records import own_partition
from sextant.bus.port import TopicPartition


@dataclass(frozen=True, slots=True)
class Member:
    """One process in a group."""

    group: str
    name: str
    host: str
    partitions: tuple[TopicPartition, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group, its state in the broker's words, and its members."""

    name: str
    state: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a group is in one partition; `committed` None when it never committed there."""

    group: str
    at: TopicPartition
    committed: int | None
    oldest: int
    end: int

    @property
    def lag(self) -> int:
        """Return how many offsets the group has not committed yet."""
        return max(0, self.end - max(self.oldest, self.committed or 0))


async def read_groups(log: KafkaLog) -> list[Group]:
    """Return every consumer group by name. Raises BusUnavailable."""
    admin = await log.admin()
    listed = await log.connection.insist(admin.list_consumer_groups)
    names = sorted(name for name, *_ in listed)
    # One at a time: aiokafka (0.14) reads the answer for several as one of an older version and loses its place after the first.
    asks = [partial(admin.describe_consumer_groups, [name]) for name in names]
    answers = [answer for ask in asks for answer in await log.connection.insist(ask)]
    return [_group(group) for answer in answers for group in answer.groups]


async def read_lag(log: KafkaLog, groups: Sequence[Group]) -> list[Lag]:
    """Return how far each group is in every partition that it has committed or that a member holds. Raises BusUnavailable."""
    admin = await log.admin()
    offsets: list[tuple[str, TopicPartition, int | None]] = []
    for group in groups:
        ask = partial(admin.list_consumer_group_offsets, group.name)
        committed = await log.connection.insist(ask)
        offsets.extend((group.name, *place) for place in _places(group, committed))
    topics = await log.topics()
    offsets = [(group, at, offset) for group, at, offset in offsets if at.topic in topics]
    partitions = sorted({at for _, at, _ in offsets})
    bounds = await log.bounds(partitions) if partitions else {}
    return [Lag(group, at, committed, *bounds[at]) for group, at, committed in offsets]


def _places(group: Group, committed: Mapping[Any, Any]) -> list[tuple[TopicPartition, int | None]]:
    known = {own_partition(at): meta.offset for at, meta in committed.items() if meta.offset >= 0}
    held = {at for member in group.members for at in member.partitions}
    return [(at, known.get(at)) for at in sorted(known.keys() | held)]


def _group(raw: Any) -> Group:
    error, name, state, _, _, members, *_ = raw
    if error:
        return Group(name, for_code(error).__name__, ())
    return Group(
        name, state, tuple(sorted((_member(name, member) for member in members), key=lambda one: one.name))
    )


def _member(group: str, raw: Any) -> Member:
    _, client_id, host, _, assignment = raw
    partitions = ConsumerProtocolMemberAssignment.decode(assignment).partitions() if assignment else []
    return Member(group, client_id, host.lstrip("/"), tuple(sorted(map(own_partition, partitions))))
