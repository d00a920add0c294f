"""Ingest over the in-memory log for tests: a running service and what it wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.ingest.adapters.keeper import Patience
from services.ingest.bootstrap import build_tuned
from services.ingest.service import IngestService
from services.ingest.session import Tuning
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Record, TopicPartition
from sextant.contracts.market.v1 import events_pb2, frames_pb2
from sextant.contracts.topics import TOPICS
from sextant.runtime.service import Resources
from sextant.runtime.settings import Platform
from tests.support.resources import make_resources, shipped_platform


def ingest_platform(
    venues: Mapping[str, Mapping[str, object]], assets: tuple[str, ...] = ("BTC", "ETH")
) -> Platform:
    """Return the shipped platform with other venues and assets, and nobody to trade."""
    data = shipped_platform().model_dump()
    data |= {"venues": venues, "assets": assets, "venue_accounts": {}}
    return Platform.model_validate(data)


@dataclass
class RunningIngest:
    """A service under way and its log."""

    bus: MemoryBus
    resources: Resources
    service: IngestService
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def records(self, topic: str) -> list[Record]:
        """Return everything on a topic, partition after partition."""
        return [
            record
            for number in range(TOPICS[topic].partitions)
            for record in await self.bus.read(TopicPartition(topic, number))
        ]

    async def batches(self, instrument: str = "") -> list[events_pb2.EventBatch]:
        found = [
            events_pb2.EventBatch.FromString(each.value or b"")
            for each in await self.records("market.events.v1")
        ]
        return [batch for batch in found if not instrument or batch.instrument == instrument]

    async def journal(self) -> list[frames_pb2.FrameBatch]:
        return [
            frames_pb2.FrameBatch.FromString(each.value or b"")
            for each in await self.records("market.frames.v1")
        ]

    def counter(self, name: str, venue: str) -> float:
        value = self.resources.metrics.get_sample_value(f"sextant_ingest_{name}", {"venue": venue})
        assert value is not None, name
        return value


@asynccontextmanager
async def running_ingest(
    platform: Platform, *, patience: Patience | None = None, bus: MemoryBus | None = None
) -> AsyncIterator[RunningIngest]:
    """Run ingest until the block ends, then drain it."""
    bus = bus or MemoryBus(MemoryLog())
    await bus.start()
    await bus.ensure_topics()
    resources = make_resources("ingest", bus, platform=platform)
    tuning = Tuning(patience=patience or Patience(), first_delay_s=0.05)
    running = RunningIngest(bus, resources, build_tuned(resources, tuning))
    task = asyncio.create_task(running.service.run(running.stop))
    try:
        yield running
    finally:
        running.stop.set()
        await asyncio.wait_for(task, 10)


async def until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Wait until a condition holds. Raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  # conditions of a test are many and have no event
            await asyncio.sleep(0.01)
