"""Reading the log in memory: as a member of a group, or everything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sextant.bus.errors import MembershipLost
from sextant.bus.membership import Membership
from sextant.bus.port import RebalanceListener, Record, TopicPartition

if TYPE_CHECKING:
    from sextant.bus.memory.group import Group
    from sextant.bus.memory.log import MemoryLog


class Cursor:
    """Next offsets of some partitions. Partitions take turns, so that a full one does not keep the others waiting."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self.offsets: dict[TopicPartition, int] = {}

    def read(
        self, max_records: int, paused: frozenset[TopicPartition] = frozenset()
    ) -> dict[TopicPartition, Sequence[Record]]:
        """Return at most `max_records` and move on. An offset whose record is gone continues with the oldest one."""
        batches: dict[TopicPartition, Sequence[Record]] = {}
        for at, offset in self.offsets.items():
            if max_records <= 0:
                break
            start = max(offset, self._log.oldest(at))
            records = () if at in paused else self._log.slice(at, start, start + max_records)
            if records:
                batches[at] = records
                max_records -= len(records)
        for at, records in batches.items():
            del self.offsets[at]
            self.offsets[at] = records[-1].offset + 1
        return batches


class MemoryGroupConsumer:
    """A member of a group. It joins with its first poll(); one whose session has ended joins anew with its next one."""

    def __init__(
        self, log: MemoryLog, group: Group, topics: Sequence[str], listener: RebalanceListener
    ) -> None:
        self._log, self._group, self.topics = log, group, tuple(topics)
        self._cursor = Cursor(log)
        self._membership = Membership(listener, self._start_at)
        self._paused: frozenset[TopicPartition] = frozenset()
        self._is_member = self._is_stopped = False

    async def poll(self, *, max_records: int, timeout_s: float) -> Mapping[TopicPartition, Sequence[Record]]:
        """Return what is there. Raises what the listener raised, MembershipLost after stop()."""
        if self._is_stopped:
            raise MembershipLost(f"group consumer of {', '.join(self.topics)} has stopped")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        self._membership.check()
        await self._join()
        await asyncio.sleep(0)  # others get their turn, however much there is to read
        while await self._membership.settled(max(0.0, deadline - loop.time())):
            batches = self._cursor.read(max_records, self._paused)
            remaining_s = deadline - loop.time()
            if batches or remaining_s <= 0:
                return batches
            await self._log.changed(remaining_s)
        return {}

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        self._paused |= self._cursor.offsets.keys() & set(partitions)

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        self._paused -= set(partitions)
        self._log.wake()

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Return records from `offset` on next. Raises MembershipLost when the partition is not assigned."""
        if partition not in self._cursor.offsets:
            raise MembershipLost(f"{partition.topic}/{partition.partition}: not assigned")
        self._start_at(partition, offset)
        self._log.wake()

    def assignment(self) -> frozenset[TopicPartition]:
        return self._membership.held

    @property
    def is_settled(self) -> bool:
        return self._membership.is_open

    async def committed(self, partition: TopicPartition) -> int | None:
        return self._group.committed(partition)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self._group.commit(self, offsets)

    async def high_water(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {at: self._log.end(at) for at in partitions}

    async def stop(self) -> None:
        """Revoke, leave, close. Raises what the listener raised in this last revocation."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._membership.close()
        self._log.wake()
        await self._membership.end()
        self._cursor.offsets.clear()
        self._group.leave(self)
        self._membership.report()

    def expire(self) -> None:
        """End this member's session without telling it, as a broker does with one that fell silent."""
        self._group.leave(self)

    async def release(self) -> None:
        """Called by the group before it shares the partitions anew."""
        self._membership.close()
        self._log.wake()
        await self._membership.release()
        self._cursor.offsets.clear()
        self._paused = frozenset()

    def take(self, partitions: Sequence[TopicPartition]) -> None:
        """Called by the group with this member's share."""
        self._cursor.offsets = {at: self._group.committed(at) or 0 for at in partitions}
        self._membership.take(partitions)

    async def _join(self) -> None:
        if self._group.has(self):
            return
        if self._is_member:
            await self.release()
        self._is_member = True
        self._group.join(self)

    def _start_at(self, partition: TopicPartition, offset: int) -> None:
        self._cursor.offsets[partition] = offset


class MemoryBroadcastConsumer:
    """A reader of whole topics."""

    def __init__(self, log: MemoryLog, partitions: Sequence[TopicPartition], *, from_end: bool) -> None:
        self._log = log
        self._cursor = Cursor(log)
        ends = {at: log.end(at) for at in partitions}
        self._cursor.offsets = dict(ends) if from_end else {at: log.oldest(at) for at in partitions}
        self._behind = {at: end for at, end in ends.items() if self._cursor.offsets[at] < end}
        self._is_stopped = False

    @property
    def is_ready(self) -> bool:
        return not self._behind

    async def poll(self, *, max_records: int, timeout_s: float) -> Sequence[Record]:
        """Return what is there, in order per partition; nothing after stop()."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        await asyncio.sleep(0)  # others get their turn, however much there is to read
        while not self._is_stopped:
            batches = self._cursor.read(max_records)
            for at in self._behind.keys() & batches.keys():
                if self._cursor.offsets[at] >= self._behind[at]:
                    del self._behind[at]
            remaining_s = deadline - loop.time()
            if batches or remaining_s <= 0:
                return [record for batch in batches.values() for record in batch]
            await self._log.changed(remaining_s)
        return []

    async def stop(self) -> None:
        """Close. Calling twice is safe."""
        self._is_stopped = True
        self._log.wake()
