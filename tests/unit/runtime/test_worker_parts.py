"""Parts of the worker: what is not readable, how much may wait, and when an instance is ready."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from prometheus_client import CollectorRegistry, Counter

from services.breaker.bootstrap import breaker_stage
from services.triangulation.bootstrap import triangulation_stage
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, Record, TopicPartition
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.identity import Identity, Root
from sextant.core.time import SystemClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.service import Resources
from sextant.runtime.stamp import headers_of
from sextant.runtime.worker import Worker
from sextant.runtime.worker import remembered as remembering
from sextant.runtime.worker import sides as side_reading
from sextant.runtime.worker.engine import Engine
from sextant.runtime.worker.poison import PoisonGuard, TooMuchPoison
from sextant.runtime.worker.remembered import Remembered
from sextant.runtime.worker.sides import Sides
from tests.contract.consumers import example_record
from tests.support.ingest import until
from tests.support.resources import make_resources, shipped_platform

EVENTS, CLOCKS = "market.events.v1", "market.clocks.v1"
AT = TopicPartition(EVENTS, 0)


def letter_of(service: str) -> tuple[int, int, bool]:
    """Return how many of two records, the first unreadable, a service reads and keeps aside, and whether it halts."""
    good = example_record(EVENTS, "status-only", offset=1)
    bad = type(good)(EVENTS, 0, 0, good.key, b"\xff\xff", good.headers, 0)
    sifted = PoisonGuard(service).sift([bad, good])
    return len(sifted.inputs), len(sifted.letters), sifted.halts is not None


def test_only_who_reads_a_topic_by_the_registry_keeps_its_records_aside() -> None:
    """Everybody else has neither a dead-letter topic of it nor the right to write one."""
    assert letter_of("triangulation") == (1, 1, False)
    assert "ledger" not in TOPICS[EVENTS].consumers
    assert letter_of("ledger") == (0, 0, True)


def test_a_tenth_of_unreadable_records_is_kept_aside_and_more_stops_the_service() -> None:
    """Readable records in between do not hide that something larger is wrong."""
    good = example_record(EVENTS, "status-only", offset=1)
    bad = type(good)(EVENTS, 0, 0, good.key, b"\xff\xff", good.headers, 0)
    guard = PoisonGuard("triangulation")
    tenth = [bad, *[good] * 9]
    assert len(guard.sift(tenth * 200).letters) == 200
    with pytest.raises(TooMuchPoison, match=r"101 of 201 records unreadable"):
        guard.sift([bad, good] * 500)


async def test_no_more_is_read_than_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_reading, "MOST_PENDING", 10)
    log = MemoryLog(SystemClock())
    bus = MemoryBus(log)
    await bus.ensure_topics()
    sides = Sides(triangulation_stage(shipped_platform()), bus, SystemClock(), unreadable := _counter())
    reading = asyncio.create_task(sides.run())
    for _ in range(5):
        log.append([_clock() for _ in range(10)])
        await asyncio.sleep(0.02)
    applied = len(sides.drain())
    assert applied == 10, "the second poll waits until there is room"
    while applied < 50:
        await asyncio.sleep(0.01)
        applied += len(sides.drain())
    log.append([Outgoing(CLOCKS, 0, b"alpha", b"\xff\xff", {})])
    await until(lambda: not sides.drain() and unreadable._value.get() == 1)
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading
    await sides.close()


async def test_a_waking_partition_has_the_whole_view_without_reading_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its first record waits meanwhile, and a read takes a connection for each topic."""
    log = MemoryLog(SystemClock())
    bus = MemoryBus(log)
    await bus.ensure_topics()
    log.append([_clock(venue, sequence) for sequence in range(1, 4) for venue in ("alpha", "beta")])
    spec = triangulation_stage(shipped_platform())
    sides = Sides(spec, bus, SystemClock(), _counter())
    by_the_log, at_once = Engine(spec, 0), Engine(spec, 1)
    by_the_log.apply(state_pb2.SideStep(events=await sides.catch_up(by_the_log)), 0)
    reading = asyncio.create_task(sides.run())
    await until(lambda: sides.is_ready and len(sides.drain()) == 6)

    async def none_of_it(*_: object) -> None:
        pytest.fail("the log was read")

    monkeypatch.setattr(bus, "read", none_of_it)
    events = await sides.catch_up_at_once(at_once)
    assert len(events) == 2, "the newest of each key"
    at_once.apply(state_pb2.SideStep(events=events), 0)
    assert at_once.side == by_the_log.side
    assert at_once.side_next == by_the_log.side_next
    assert len(at_once.side.all(CLOCKS)) == 2
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading
    await sides.close()


def test_of_values_the_newest_is_remembered_and_of_facts_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "MOST_FACTS", 3)
    held = Remembered()
    values = [_record(CLOCKS, offset, key) for offset, key in enumerate([b"alpha", b"beta", b"alpha"])]
    facts = [_record("control.commands.v1", offset, b"once") for offset in range(3)]
    for record in (*facts, *values):
        held.add(record)
    assert held.records() == [values[1], values[2], *facts]
    held.add(_record("control.commands.v1", 3, b"too many"))
    assert held.records() is None, "the log is read instead"


async def test_an_instance_is_ready_with_its_share_only_and_also_when_that_is_nothing() -> None:
    log = MemoryLog(SystemClock())
    await MemoryBus(log).ensure_topics()
    first, second = _breaker(log, "one"), _breaker(log, "two")
    for resources, _ in (first, second):
        assert not resources.health.is_ready
    stop = asyncio.Event()
    running = [asyncio.create_task(Worker(*each).run(stop)) for each in (first, second)]
    await until(lambda: all(resources.health.is_ready for resources, _ in (first, second)))
    held = [
        resources.health.report("state")[1]["checks"]["state"]["detail"] for resources, _ in (first, second)
    ]
    assert sorted(held) == ["0 partitions", "1 partitions"]
    stop.set()
    await asyncio.gather(*running)


async def test_an_instance_is_not_ready_while_its_state_is_rebuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MemoryLog(SystemClock())
    await MemoryBus(log).ensure_topics()
    resources, spec = _breaker(log, "one")
    may_end, worker, stop = asyncio.Event(), Worker(resources, spec), asyncio.Event()
    take = worker._take

    async def slow(*arguments: object) -> int:
        await may_end.wait()
        return await take(*arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(worker, "_take", slow)
    running = asyncio.create_task(worker.run(stop))
    await asyncio.sleep(0.4)
    assert not resources.health.is_ready
    may_end.set()
    await until(lambda: resources.health.is_ready)
    stop.set()
    await running


def _breaker(log: MemoryLog, instance: str):  # type: ignore[no-untyped-def]  # resources and stage, in a worker's order
    resources: Resources = make_resources("breaker", MemoryBus(log), instance=instance)
    return resources, breaker_stage(shipped_platform())


def _record(topic: str, offset: int, key: bytes) -> Record:
    return Record(topic, 0, offset, key, b"", {}, 0)


def _clock(venue: str = "alpha", sequence: int = 1) -> Outgoing:
    record = example_record(CLOCKS, "ahead")
    headers = headers_of(TOPICS[CLOCKS], Identity(Root(f"clock/{venue}", 1, sequence)), Lineage())
    return Outgoing(CLOCKS, 0, venue.encode(), record.value, headers)


def _counter() -> Counter:
    return Counter("unreadable", "Unreadable", registry=CollectorRegistry())
