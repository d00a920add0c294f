"""Both adapters of the log behind one face for tests: processes, fresh topics, crashes."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Iterable, Sequence
from typing import Protocol

from sextant.bus.kafka import KafkaBus
from sextant.bus.kafka.group import KafkaGroupConsumer
from sextant.bus.layout import TopicLayout
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.memory.consumers import MemoryGroupConsumer
from sextant.bus.port import Bus, GroupConsumer, RebalanceListener

_HOUR_MS = 3_600_000
#: The shortest session that the brokers of the suite allow, ms.
SESSION_MS = 1_000


class LogBus(Bus, Protocol):
    """A bus that can make topics that the registry does not know."""

    async def create_topics(self, layouts: Iterable[TopicLayout]) -> None: ...


class World(Protocol):
    """One log with several processes."""

    async def bus(self, *, session_ms: int = SESSION_MS) -> LogBus:
        """Return the bus of a new process, whose members are given up `session_ms` after they fall silent."""

    async def topic(self, partitions: int = 1, *, compacted: bool = False) -> str:
        """Return the name of a new topic."""

    async def crash(self, consumer: GroupConsumer) -> None:
        """End a member without a word; the group notices after its session."""

    async def close(self) -> None: ...


class MemoryWorld:
    """Processes that share a log in memory."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self._numbers = itertools.count()
        self._buses: list[MemoryBus] = []

    async def bus(self, *, session_ms: int = SESSION_MS) -> MemoryBus:
        self._buses.append(MemoryBus(self.log))
        return await self._buses[-1].start()

    async def topic(self, partitions: int = 1, *, compacted: bool = False) -> str:
        name = f"topic-{next(self._numbers)}"
        self.log.create([TopicLayout(name, partitions, None if compacted else _HOUR_MS)])
        return name

    async def crash(self, consumer: GroupConsumer) -> None:
        assert isinstance(consumer, MemoryGroupConsumer)
        consumer.expire()

    async def close(self) -> None:
        for bus in self._buses:
            await bus.stop()


class KafkaWorld:
    """Processes on a real broker, each with connections of its own."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap, self._run = bootstrap, uuid.uuid4().hex[:8]
        self._numbers = itertools.count()
        self._buses: list[KafkaBus] = []

    async def bus(self, *, session_ms: int = SESSION_MS) -> KafkaBus:
        name = f"process-{self._run}-{len(self._buses)}"
        self._buses.append(KafkaBus(self._bootstrap, client_id=name, session_timeout_ms=session_ms))
        return await self._buses[-1].start()

    async def topic(self, partitions: int = 1, *, compacted: bool = False) -> str:
        name = f"topic-{self._run}-{next(self._numbers)}"
        bus = self._buses[0] if self._buses else await self.bus()
        await bus.create_topics([TopicLayout(name, partitions, None if compacted else _HOUR_MS)])
        return name

    async def crash(self, consumer: GroupConsumer) -> None:
        """Cut the connections and end the tasks that would mend them, as a killed process leaves them."""
        assert isinstance(consumer, KafkaGroupConsumer)
        client = consumer._client
        coordinator = client._coordinator
        tasks = [
            coordinator._coordination_task,
            coordinator._heartbeat_task,
            coordinator._commit_refresh_task,
        ]
        alive = [task for task in tasks if task is not None]
        for task in alive:
            task.cancel()
        await asyncio.wait(alive)
        await client._fetcher.close()
        await client._client.close()
        client._closed = True
        for bus in self._buses:
            if consumer in bus._made:
                bus._made.remove(consumer)

    async def close(self) -> None:
        await asyncio.gather(*(bus.stop() for bus in self._buses))


async def member(
    world: World, group: str, topics: Sequence[str], listener: RebalanceListener, *, bus: Bus | None = None
) -> GroupConsumer:
    """Return a member of a group, in a process of its own unless a bus is given."""
    return await (bus or await world.bus()).group(group, topics, listener, instance=f"member-of-{group}")
