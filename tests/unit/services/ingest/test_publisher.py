"""Batches leave at once; frames are gathered for a moment, or until they are many, and none is lost at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry

from services.ingest.adapters import publisher as publishing
from services.ingest.adapters.publisher import JOURNAL_BYTES, Publisher
from services.ingest.adapters.records import EVENTS, FRAMES, Records
from services.ingest.metrics import IngestMetrics
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.memory.bus import MemoryProducer
from sextant.bus.port import Outgoing, Position, TopicPartition
from sextant.contracts.market.v1 import frames_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.time import SettableClock
from sextant.runtime.stamp import Stamper
from sextant.venues.binance.feed import VenueFeed
from tests.support.binance_feeds import make_feed
from tests.support.ingest import until

TRADE = b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1723000000000,"s":"BTCUSDT","t":%d,"p":"55000.01","q":"0.00100","T":1723000000000,"m":true,"M":true}}'


class Running:
    """A publisher under way, and how much lies on each topic."""

    def __init__(self, feed: VenueFeed, connection: str, log: MemoryLog) -> None:
        self.feed, self.connection, self.log = feed, connection, log
        self.frames = 0
        bus = MemoryBus(log)
        records = Records(Stamper("ingest", "0", "local", SettableClock(1)), feed.venue, 1)
        metrics = IngestMetrics(CollectorRegistry())
        self.publisher = Publisher(feed, bus.producer(), records, metrics, lambda: None)

    def come(self, padding: int = 0) -> None:
        """One frame comes in a drain of its own."""
        self.frames += 1
        raw = TRADE % self.frames + b" " * padding
        self.feed.on_frame(raw, 1_723_000_000_000_000_000 + self.frames, self.connection)
        self.publisher.wake()

    def count(self, topic: str) -> int:
        return sum(self.log.end(TopicPartition(topic, number)) for number in range(TOPICS[topic].partitions))

    def journalled(self) -> int:
        pieces = [
            frames_pb2.FrameBatch.FromString(record.value or b"")
            for number in range(TOPICS[FRAMES].partitions)
            for record in self.log.slice(TopicPartition(FRAMES, number), 0, 1 << 40)
        ]
        return sum(len(piece.lengths) for piece in pieces)


@asynccontextmanager
async def running() -> AsyncIterator[Running]:
    log = MemoryLog()
    await MemoryBus(log).ensure_topics()
    it = Running(*make_feed(), log)
    task = asyncio.create_task(it.publisher.run())
    try:
        yield it
    finally:
        it.publisher.close()
        await asyncio.wait_for(task, 5)


async def test_a_batch_leaves_at_once_and_its_frames_with_the_next_ones() -> None:
    async with running() as it:
        for number in range(1, 4):
            it.come()
            await until(lambda: it.count(EVENTS) >= number)  # noqa: B023  # awaited inside of the turn
        assert it.count(FRAMES) == 0
    assert it.count(FRAMES) == 1
    assert it.journalled() == 3


async def test_frames_leave_after_a_moment_though_nothing_more_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "JOURNAL_S", 0.02)
    async with running() as it:
        for turn in range(1, 3):
            it.come()
            await until(lambda: it.count(FRAMES) == turn)  # noqa: B023  # awaited inside of the turn
        assert it.journalled() == 2


async def test_frames_of_a_connection_that_is_gone_leave_at_once() -> None:
    async with running() as it:
        it.come()
        await until(lambda: it.count(EVENTS) > 0)
        assert it.count(FRAMES) == 0
        it.publisher.finish()
        await until(lambda: it.journalled() == 1)
        before = it.count(EVENTS)
        it.come()
        await until(lambda: it.count(EVENTS) > before)
        assert it.count(FRAMES) == 1, "what comes then is gathered again"


async def test_after_an_answer_the_venues_of_a_process_send_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer comes at once and one late in the same beat: what both have by then leaves at the next, in one request."""
    beat_s = 0.5
    monkeypatch.setattr(publishing, "BEAT_S", beat_s)
    clock = asyncio.get_running_loop().time
    began: dict[MemoryProducer, list[float]] = {}
    send = MemoryProducer.send

    async def answering(self: MemoryProducer, records: Sequence[Outgoing]) -> list[Position]:
        began.setdefault(self, []).append(clock())
        await asyncio.sleep(0.2 if len(began) == 2 else 0.0)
        return await send(self, records)

    monkeypatch.setattr(MemoryProducer, "send", answering)
    async with running() as one, running() as other:
        await asyncio.sleep(beat_s - clock() % beat_s)
        for it in (one, other):
            it.come()
            await until(lambda: it.count(EVENTS) > 0)  # noqa: B023  # awaited inside of the turn
            it.come()
        await until(lambda: [len(each) for each in began.values()] == [2, 2])
    first, second = began.values()
    assert abs(first[1] - second[1]) < 0.15
    assert first[1] % beat_s < 0.15


async def test_many_frames_leave_without_waiting() -> None:
    async with running() as it:
        it.come(padding=JOURNAL_BYTES)
        await until(lambda: it.journalled() == 1)
