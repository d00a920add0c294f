"""Aiokafka's rebalance callbacks, handed to a `Membership`, and fetches that a rebalance interrupts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka import TopicPartition as KafkaPartition

from sextant.bus.kafka.records import own_partition
from sextant.bus.membership import Membership

Batches = Mapping[KafkaPartition, Sequence[Any]]


class Callbacks(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """What aiokafka calls. It swallows exceptions, calls nothing on stop() and sends no heartbeats while it waits for `assigned`."""

    def __init__(self, client: AIOKafkaConsumer, membership: Membership) -> None:
        self._client, self._membership = client, membership
        self._fetching: asyncio.Future[Batches] | None = None

    async def on_partitions_revoked(self, revoked: Iterable[KafkaPartition]) -> None:
        """Called before the member rejoins: nobody gets the partitions before this returns."""
        self.interrupt()
        await self._membership.release()

    async def on_partitions_assigned(self, assigned: Iterable[KafkaPartition]) -> None:
        """Called with the new assignment."""
        self._membership.take([own_partition(partition) for partition in assigned])

    def interrupt(self) -> None:
        """End a fetch that waits."""
        self._membership.close()
        if self._fetching is not None:
            self._fetching.cancel()

    async def unless_interrupted(self, fetching: asyncio.Future[Batches]) -> Batches:
        """Return what is fetched, or nothing when a rebalance begins before it is returned."""
        generation, self._fetching = self._membership.generation, fetching
        try:
            await asyncio.wait({fetching})
        except asyncio.CancelledError:
            self._give_back(fetching, generation)
            raise
        finally:
            self._fetching = None
        if fetching.cancelled():
            return {}
        batches = fetching.result()
        return batches if generation == self._membership.generation else {}

    def _give_back(self, fetching: asyncio.Future[Batches], generation: int) -> None:
        """Undo a fetch whose caller was cancelled, so that its records are returned by the next poll."""
        if fetching.cancel() or fetching.cancelled() or fetching.exception():
            return
        if generation == self._membership.generation:
            for partition, records in fetching.result().items():
                self._client.seek(partition, records[0].offset)
