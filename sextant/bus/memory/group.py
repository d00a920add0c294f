"""A consumer group: who is in, who has which partition, what is committed. Rebalances as Kafka does: all let go, then all take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from sextant.bus.errors import MembershipLost
from sextant.bus.port import TopicPartition


class Member(Protocol):
    """What the group asks of a member."""

    @property
    def topics(self) -> Sequence[str]: ...

    async def release(self) -> None:
        """Let go of every partition."""

    def take(self, partitions: Sequence[TopicPartition]) -> None:
        """Begin with these partitions."""


class Group:
    """One group. `partitions_of` tells the partitions of a topic."""

    def __init__(self, partitions_of: Callable[[str], Sequence[TopicPartition]]) -> None:
        self._partitions_of = partitions_of
        self._members: list[Member] = []
        self._owners: dict[TopicPartition, Member] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._is_stale = False
        self._rebalancing: asyncio.Task[None] | None = None

    def has(self, member: Member) -> bool:
        return member in self._members

    def join(self, member: Member) -> None:
        """Add a member and share the partitions anew."""
        if member not in self._members:
            self._members.append(member)
            self._rebalance()

    def leave(self, member: Member) -> None:
        """Remove a member that has let go, or whose session has ended: it is not told. Doing it twice is safe."""
        if member in self._members:
            self._members.remove(member)
            self._rebalance()

    def committed(self, partition: TopicPartition) -> int | None:
        return self._committed.get(partition)

    def commit(self, member: Member, offsets: Mapping[TopicPartition, int]) -> None:
        """Store next offsets, never lower ones. Raises MembershipLost when one belongs to another member by now."""
        lost = [at for at in offsets if not self.has(member) or self._owners.get(at) is not member]
        if lost:
            raise MembershipLost(
                f"{', '.join(f'{at.topic}/{at.partition}' for at in lost)}: owned by another member"
            )
        for at, offset in offsets.items():
            self._committed[at] = max(offset, self._committed.get(at, 0))

    def _rebalance(self) -> None:
        self._is_stale = True
        if self._rebalancing is None or self._rebalancing.done():
            self._rebalancing = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        while self._is_stale:
            self._is_stale = False
            for member in list(self._members):
                await member.release()
            if self._is_stale:
                continue
            shares = share(self._partitions_of, self._members, self._owners)
            self._owners = {at: member for member, partitions in shares for at in partitions}
            for member, partitions in shares:
                member.take(partitions)


def share(
    partitions_of: Callable[[str], Sequence[TopicPartition]],
    members: Sequence[Member],
    before: Mapping[TopicPartition, Member],
) -> list[tuple[Member, list[TopicPartition]]]:
    """Share partitions evenly; a member keeps what it had as far as its share allows."""
    topics = sorted({topic for member in members for topic in member.topics})
    partitions = [at for topic in topics for at in partitions_of(topic)]
    shares: list[tuple[Member, list[TopicPartition]]] = [(member, []) for member in members]
    room = _room(members, partitions, before)
    homeless = []
    for at in partitions:
        place = next((place for place, member in enumerate(members) if before.get(at) is member), None)
        if place is not None and at.topic in members[place].topics and len(shares[place][1]) < room[place]:
            shares[place][1].append(at)
        else:
            homeless.append(at)
    for at in homeless:
        readers = [owned for member, owned in shares if at.topic in member.topics]
        min(readers, key=len).append(at)
    return shares


def _room(
    members: Sequence[Member], partitions: Sequence[TopicPartition], before: Mapping[TopicPartition, Member]
) -> list[int]:
    """Return how many partitions each member may keep: those that had most get the larger shares."""
    if not members:
        return []
    smaller, larger_shares = divmod(len(partitions), len(members))
    had = [sum(1 for owner in before.values() if owner is member) for member in members]
    ranking = sorted(range(len(members)), key=lambda place: -had[place])
    return [smaller + (1 if ranking.index(place) < larger_shares else 0) for place in range(len(members))]
