"""A member of a consumer group: polls, commits, pauses; hands rebalances to a `Membership`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError

from sextant.bus.errors import MembershipLost
from sextant.bus.kafka.closing import close_consumer
from sextant.bus.kafka.connection import Connection
from sextant.bus.kafka.membership import Batches, Callbacks
from sextant.bus.kafka.metrics import Reading
from sextant.bus.kafka.pacing import Pace
from sextant.bus.kafka.reading import ends
from sextant.bus.kafka.records import kafka_partition, opened
from sextant.bus.membership import Membership
from sextant.bus.port import RebalanceListener, Record, TopicPartition

_log = logging.getLogger(__name__)
#: A rebalance is told to members with the answer to a heartbeat: few ms of one heartbeat are spent to learn of it soon, ms.
_HEARTBEAT_MS: Final = 500
#: How long members may take to drain and hand over their partitions before the group goes on without them, ms.
_REBALANCE_MS: Final = 30_000
_AGAIN_S: Final = 0.1


class KafkaGroupConsumer:
    """One dynamic member. It joins with its first poll(), so that the listener can be given the consumer before."""

    def __init__(
        self,
        connection: Connection,
        client: AIOKafkaConsumer,
        topics: Sequence[str],
        listener: RebalanceListener,
        group: str,
        pace: Pace,
    ) -> None:
        self.group = group
        self._connection, self._client, self._topics, self._pace = connection, client, topics, pace
        self._membership = Membership(listener, self.seek)
        self._callbacks = Callbacks(client, self._membership)
        self._committing = asyncio.Lock()
        self._committed: dict[TopicPartition, int] = {}
        #: The next offset to be returned of each partition, as far as it is known.
        self._next: dict[TopicPartition, int] = {}
        self._joined = False
        self._failing_since: float | None = None
        self._stopping: asyncio.Task[None] | None = None

    async def poll(self, *, max_records: int, timeout_s: float) -> Mapping[TopicPartition, Sequence[Record]]:
        """Return what is there. Raises what the listener raised, MembershipLost after stop(), BusUnavailable after a long outage."""
        if self._stopping is not None:
            raise MembershipLost(f"group consumer of {', '.join(self._topics)} has stopped")
        self._membership.check()
        if not self._joined:
            self._joined = True
            self._client.subscribe(list(self._topics), listener=self._callbacks)
        await self._rest()
        deadline = asyncio.get_running_loop().time() + timeout_s
        if not await self._membership.settled(timeout_s):
            return {}
        batches = await self._fetch(max_records, deadline)
        polled = {
            TopicPartition(at.topic, at.partition): [opened(record) for record in batch]
            for at, batch in batches.items()
        }
        self._next.update({at: records[-1].offset + 1 for at, records in polled.items() if records})
        if polled:
            self._pace.found()
        return polled

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        for at in self._held(partitions):
            self._client.pause(at)

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        for at in self._held(partitions):
            self._client.resume(at)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Return records from `offset` on next. Raises MembershipLost when the partition is not assigned."""
        try:
            self._client.seek(kafka_partition(partition), offset)
        except IllegalStateError as error:
            raise MembershipLost(f"{partition.topic}/{partition.partition}: {error}") from error
        self._next[partition] = offset

    def assignment(self) -> frozenset[TopicPartition]:
        return self._membership.held

    @property
    def is_settled(self) -> bool:
        return self._membership.is_open

    @property
    def is_stopped(self) -> bool:
        return self._stopping is not None

    @property
    def rebalances(self) -> int:
        """How often partitions were assigned."""
        return self._membership.rebalances

    def readings(self) -> list[Reading]:
        """Return how far this member is, by topic. A partition of which nothing was read yet counts as read to its end."""
        found = dict.fromkeys(self._topics, (0, 0))
        assigned = self._client.assignment()
        for at in self._membership.held:
            kafka = kafka_partition(at)
            end = self._client.highwater(kafka) if kafka in assigned else None
            partitions, lag = found[at.topic]
            behind = max(0, end - self._next[at]) if end is not None and at in self._next else 0
            found[at.topic] = (partitions + 1, lag + behind)
        return [Reading(topic, *counts) for topic, counts in found.items()]

    async def committed(self, partition: TopicPartition) -> int | None:
        """Return the group's next offset. Raises BusUnavailable when nobody answers within the delivery timeout."""
        offset: int | None = await self._within(self._client.committed(kafka_partition(partition)))
        return offset

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Store the next offsets; one below what this member has committed is left out. Raises MembershipLost, BusUnavailable."""
        async with self._committing:
            ahead = {at: offset for at, offset in offsets.items() if offset > self._committed.get(at, -1)}
            if not ahead:
                return
            wanted = {kafka_partition(at): offset for at, offset in ahead.items()}
            try:
                await self._within(self._client.commit(wanted))
            except (CommitFailedError, IllegalStateError) as error:
                places = ", ".join(f"{at.topic}/{at.partition}" for at in ahead)
                raise MembershipLost(f"{places}: the group has moved on without this member") from error
            self._committed.update(ahead)

    async def high_water(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return await ends(self._connection, self._client, partitions)

    async def stop(self) -> None:
        """Revoke, leave, close. Raises what the listener raised in this last revocation."""
        if self._stopping is None:
            self._stopping = asyncio.ensure_future(self._stop())
        await asyncio.shield(self._stopping)
        self._membership.report()

    async def _stop(self) -> None:
        self._callbacks.interrupt()
        await self._membership.end()
        await close_consumer(self._client, self._connection.session_timeout_ms / 1000)

    async def _rest(self) -> None:
        """Let records gather until a rebalance begins; heartbeats get their turn in any case, however much there is to read."""
        rest_s = self._pace.rest_s
        if not rest_s:
            await asyncio.sleep(0)
            return

        async def rested() -> Batches:
            await asyncio.sleep(rest_s)
            return {}

        await self._callbacks.unless_interrupted(asyncio.ensure_future(rested()))

    async def _fetch(self, max_records: int, deadline: float) -> Batches:
        """Return records of the present assignment, or nothing at the deadline or when a rebalance begins."""
        try:
            # Without a timeout this never yields to other tasks, so no rebalance can come in between.
            batches: Batches = await self._client.getmany(timeout_ms=0, max_records=max_records)
            remaining_s = deadline - asyncio.get_running_loop().time()
            if not batches and remaining_s > 0:
                waiting = asyncio.ensure_future(
                    self._client.getmany(timeout_ms=int(remaining_s * 1000), max_records=max_records)
                )
                batches = await self._callbacks.unless_interrupted(waiting)
        except ConsumerStoppedError:
            return {}
        except KafkaError as error:
            await self._tolerate(error)
            return {}
        self._failing_since = None
        return batches

    async def _tolerate(self, error: KafkaError) -> None:
        """Let an outage pass; raise BusUnavailable when it lasts longer than the delivery timeout."""
        now = asyncio.get_running_loop().time()
        if self._failing_since is None:
            self._failing_since = now
            _log.warning("group of %s cannot be served now: %r", ", ".join(self._topics), error)
        if now - self._failing_since > self._connection.delivery_timeout_s:
            raise self._connection.unavailable(repr(error)) from error
        await asyncio.sleep(_AGAIN_S)

    async def _within(self, request: Any) -> Any:
        try:
            async with asyncio.timeout(self._connection.delivery_timeout_s):
                return await request
        except (CommitFailedError, IllegalStateError):
            raise
        except (KafkaError, TimeoutError) as error:
            raise self._connection.unavailable(repr(error)) from error

    def _held(self, partitions: Sequence[TopicPartition]) -> list[KafkaPartition]:
        held = self._client.assignment()
        return [at for at in map(kafka_partition, partitions) if at in held]


async def open_group(
    connection: Connection,
    group: str,
    topics: Sequence[str],
    listener: RebalanceListener,
    instance: str,
    *,
    gather_ms: int,
) -> KafkaGroupConsumer:
    """Return a connected consumer that has not joined yet. Raises BusUnavailable."""
    # The assignor keeps its last assignment on the class: members of one process must not share it.
    assignor = type("StickyAssignor", (StickyPartitionAssignor,), {})

    def make() -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **connection.reading(instance),
            group_id=group,
            session_timeout_ms=connection.session_timeout_ms,
            heartbeat_interval_ms=min(_HEARTBEAT_MS, connection.session_timeout_ms // 3),
            rebalance_timeout_ms=max(_REBALANCE_MS, connection.session_timeout_ms),
            partition_assignment_strategy=(assignor,),
        )

    client = await connection.started(make)
    return KafkaGroupConsumer(connection, client, topics, listener, group, Pace(client, gather_ms))
