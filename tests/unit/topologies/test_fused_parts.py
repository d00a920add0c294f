"""Parts of the fused topology: timers, the log that writes late, coroutines that must not wait, and identities as over a bus."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.triangulation.bootstrap import triangulation_stage
from sextant.bus.memory import MemoryBus
from sextant.bus.port import Bus, Outgoing, Position, Record, TopicPartition
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.identity import Identity, Root
from sextant.core.time import SECOND, SettableClock
from sextant.demo.plan import Plan
from sextant.demo.report.reading import whole_topic
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stamp import Stamper, identity_of, record_id_of
from sextant.runtime.worker import Worker
from tests.support.resources import make_resources, shipped_platform
from topologies.fused import run_fused
from topologies.fused.clock import RunningClock, Timers
from topologies.fused.immediate import finish
from topologies.fused.log import RunLog
from topologies.fused.way import DeferredLineage

EVENTS, VALIDATED, INSTRUMENTS = "market.events.v1", "market.validated.v1", "market.instruments.v1"


def test_timers_stop_the_clock_at_every_instant_at_which_something_is_due() -> None:
    clock, seen = SettableClock(10), list[tuple[str, int]]()
    timers = Timers(clock, RunningClock(clock), lambda: seen.append(("settled", clock.now_ns)))
    timers.every(5, lambda: seen.append(("often", clock.now_ns)), first_ns=15)
    timers.at(20, lambda: seen.append(("once", clock.now_ns)))
    timers.advance(20)
    assert [each for each in seen if each[0] != "settled"] == [("often", 15), ("once", 20), ("often", 20)]
    assert seen.count(("settled", 20)) == 2
    assert clock.now_ns == 20


def test_the_clock_never_goes_back() -> None:
    clock = SettableClock(100)
    timers = Timers(clock, RunningClock(clock), lambda: None)
    timers.at(50, lambda: None)
    timers.advance(60)
    assert clock.now_ns == 100


def test_a_coroutine_that_waits_is_an_error() -> None:
    async def answers() -> int:
        return 7

    assert finish(answers()) == 7
    with pytest.raises(RuntimeError, match="waited"):
        finish(asyncio.sleep(0))


def test_a_deferred_lineage_says_what_a_written_one_says() -> None:
    before = Lineage().with_hop(Hop("ingest", "ingest-fused", "local", 1, 2, None))
    at = Position("market.events.v1", 1, 4)
    written = before.with_hop(Hop("features", "features-fused", "local", 3, 9, at))
    deferred = DeferredLineage(before, "features", "features-fused", "local", (3, 9), at)
    assert deferred.raw == written.raw
    assert deferred.hops() == written.hops()
    later = Hop("strategies", "strategies-fused", "local", 9, 10, at)
    assert deferred.with_hop(later, [at]) == written.with_hop(later, [at])


async def test_a_record_that_is_written_late_is_the_record_that_a_stamper_sends() -> None:
    clock = SettableClock(3 * SECOND)
    stamper = Stamper("features", "fused", "local", clock)
    value = features_pb2.FeatureVector(instrument="alpha:BTC/USDT", values={"ema_5": 2.0})
    identity = Identity(Root("market.events.v1/0", 0, 9), b"\x00\x01")
    lineage = Lineage().with_hop(Hop("ingest", "i", "local", 1, 2, None))
    sent = stamper.outgoing("features.vectors.v1", "alpha:BTC/USDT", "BTC", value, identity, lineage)
    log = RunLog(clock)
    for _ in range(2):
        log.append("features.vectors.v1", sent.partition, "alpha:BTC/USDT", value, b"", identity, lineage)
    whole = log.append_outgoing(sent)
    records = await log.to_bus().read(TopicPartition("features.vectors.v1", sent.partition))
    assert [record.offset for record in records] == [0, 1, 2]
    assert whole.position.offset == 2
    for record in records:
        assert (record.key, record.value, record.headers) == (sent.key, sent.value, sent.headers)
        assert record.timestamp_ms == 3_000


async def test_identities_are_those_that_a_worker_over_a_bus_gives() -> None:
    result = run_fused(Plan(Path("unused"), seconds=1.0, assets=("BTC", "ETH")), lambda line: None)
    fused = result.log.to_bus()
    worked = await _triangulated(fused)
    own = await _identities(fused)
    assert len(own) == result.log.count(EVENTS) > 20
    assert worked == own


async def _triangulated(fused: MemoryBus) -> dict[tuple[int, int], tuple[Identity, bytes, str]]:
    """Run triangulation as a worker over the fused run's events, in a log of its own, and return what it says."""
    bus = RunLog(SettableClock()).to_bus()
    producer = bus.producer()
    for topic in (INSTRUMENTS, EVENTS):
        async for record in whole_topic(fused, topic):
            await producer.send([_again(record)])
    platform = shipped_platform()
    resources = make_resources("triangulation", bus, platform=platform)
    stop = asyncio.Event()
    running = asyncio.create_task(Worker(resources, triangulation_stage(platform)).run(stop))
    answers, wanted = await bus.broadcast([VALIDATED]), sum((await fused.end_offsets(VALIDATED)).values())
    async with asyncio.timeout(60):
        while wanted > 0 and not running.done():
            wanted -= len(await answers.poll(max_records=1_000, timeout_s=0.1))
    stop.set()
    await running
    return await _identities(bus)


async def _identities(bus: Bus) -> dict[tuple[int, int], tuple[Identity, bytes, str]]:
    return {
        (record.partition, record.offset): (identity_of(record), record.key, record_id_of(record))
        async for record in whole_topic(bus, VALIDATED)
    }


def _again(record: Record) -> Outgoing:
    assert TOPICS[record.topic].partitions > record.partition
    return Outgoing(record.topic, record.partition, record.key, record.value, record.headers)
