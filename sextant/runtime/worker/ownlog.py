"""Writing a stage's own log as the owner of some partitions: the place of each record tells whether somebody else has begun since.

One owner writes one partition, so its records lie without a gap. Where there is a gap, somebody else wrote, and what lies in it says
who: a former owner that woke up (void, passed over) or a new one (a claim). The log itself orders a claim before or after a record of ours,
so this needs no clock and no answer of the group's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from sextant.bus.errors import MembershipLost
from sextant.bus.port import Bus, Outgoing, Producer, TopicPartition
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.topics import state_topic
from sextant.runtime.worker.journal import claim_record, snapshot_record, step_record


class Superseded(MembershipLost):
    """Somebody else has claimed partitions that this instance held: whatever it writes to their log from now on is void."""


class OwnLog:
    """The partitions of a stage's own log that one instance has claimed."""

    def __init__(self, bus: Bus, producer: Producer, stage: str, instance: str) -> None:
        self._bus, self._producer, self._stage, self._instance = bus, producer, stage, instance
        self._owner: dict[int, int] = {}
        self._newest: dict[int, int] = {}
        self._trimming: asyncio.Task[None] | None = None

    async def claim(self, partitions: Sequence[int]) -> None:
        """Begin as the owner: from here on whatever a former owner writes is void."""
        places = await self._producer.send(
            [claim_record(self._stage, number, self._instance) for number in partitions]
        )
        claims = {number: place.offset for number, place in zip(partitions, places, strict=True)}
        self._owner.update(claims)
        self._newest.update(claims)

    def has_past(self, partition: int) -> bool:
        """Return whether anything was ever written before the claim."""
        return self._owner[partition] > 0

    def release(self, partitions: Iterable[int]) -> None:
        """Own these no more."""
        for number in partitions:
            self._owner.pop(number, None)
            self._newest.pop(number, None)

    async def journal(self, steps: Mapping[int, state_pb2.SideStep]) -> Mapping[int, int]:
        """Append a step to each partition; return their offsets. Raises Superseded: then nothing of them may be applied."""
        return await self._append(
            {
                number: step_record(self._stage, number, self._owner[number], step.before_offset, step.events)
                for number, step in steps.items()
            }
        )

    async def snapshot(self, snapshots: Mapping[int, state_pb2.Snapshot]) -> None:
        """Append a snapshot to each partition and let go of everything below it, later. Raises Superseded, and then deletes nothing.

        What is below a snapshot that nobody's claim lies before is needed by nobody, whoever claims later and however late the
        deletion comes: a later claim lies above the snapshot. So no record waits for it.
        """
        records = {
            number: snapshot_record(self._stage, number, self._owner[number], snapshot)
            for number, snapshot in snapshots.items()
        }
        places = await self._append(records)
        await self.settle()
        offsets = {self._at(number): offset for number, offset in places.items()}
        self._trimming = asyncio.create_task(self._bus.delete_before(offsets))

    async def settle(self) -> None:
        """Wait until what was let go of is deleted."""
        if self._trimming is not None:
            await self._trimming

    async def confirm(self, next_offsets: Mapping[int, int]) -> None:
        """Make sure that nobody has claimed since, with a step that says nothing. Raises Superseded."""
        await self.journal(
            {number: state_pb2.SideStep(before_offset=offset) for number, offset in next_offsets.items()}
        )

    async def _append(self, records: Mapping[int, Outgoing]) -> Mapping[int, int]:
        if not records:
            return {}
        places = await self._producer.send(list(records.values()))
        offsets = {number: place.offset for number, place in zip(records, places, strict=True)}
        lost = [number for number, offset in offsets.items() if await self._is_claimed_below(number, offset)]
        if lost:
            places_lost = ", ".join(f"{state_topic(self._stage)}/{number}" for number in lost)
            raise Superseded(f"{places_lost}: claimed by another instance")
        self._newest.update(offsets)
        return offsets

    async def _is_claimed_below(self, partition: int, offset: int) -> bool:
        """Return whether a claim lies, or may have lain, between our newest record and the one at `offset`."""
        first = self._newest[partition] + 1
        if first == offset:
            return False
        between = await self._bus.read(self._at(partition), first, offset)
        if [record.offset for record in between] != list(range(first, offset)):
            return True  # only an owner deletes, and it was not this one
        kinds = (
            state_pb2.StateRecord.FromString(record.value or b"").WhichOneof("kind") for record in between
        )
        return "claim" in kinds

    def _at(self, partition: int) -> TopicPartition:
        return TopicPartition(state_topic(self._stage), partition)
