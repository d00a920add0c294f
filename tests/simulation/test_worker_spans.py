"""The worker and the spans of what it says: a crash at any moment loses none of what was committed, and makes none twice."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from sextant.bus.errors import OutputLost
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Record, TopicPartition
from sextant.core.time import SystemClock
from sextant.runtime.stamp import TRACEPARENT, identity_of
from sextant.runtime.trace import parent_of
from sextant.runtime.worker import Worker
from sextant.runtime.worker.journal import recall
from sextant.telemetry.batching import BatchingSink
from sextant.telemetry.metrics import SpanMetrics
from sextant.telemetry.span import Span
from tests.simulation.test_worker_recovery import (
    INTENTS,
    PARTITION,
    SPEC,
    Flaky,
    _feed,
    breaker,
    decisions,
    intent,
)
from tests.support.resources import make_resources

AT = TopicPartition(INTENTS, PARTITION)


class Collector:
    """A collector that outlives the processes that export to it; it hangs while `open` is cleared and takes up to `longest_s` else."""

    def __init__(self, longest_s: float = 0.0) -> None:
        self.spans: list[Span] = []
        self._longest_s, self._chance = longest_s, random.Random(1)
        self.open = asyncio.Event()
        self.open.set()

    async def export(self, spans: list[Span]) -> None:
        await self.open.wait()
        await asyncio.sleep(self._longest_s * self._chance.random())
        self.spans += spans

    async def close(self) -> None:
        """Stays."""

    @property
    def ids(self) -> set[bytes]:
        return {span.span_id for span in self.spans}


class Life:
    """One process: a worker and its spans. It ends as a killed one does: what waits in its queue is gone."""

    def __init__(
        self, bus: MemoryBus, collector: Collector, *, patience_s: float = 30.0, snapshot_s: float = 0.02
    ) -> None:
        self.registry = CollectorRegistry()
        self.sink = BatchingSink(
            collector, SpanMetrics(self.registry), interval_s=1_000.0, patience_s=patience_s
        )
        resources = make_resources("risk", bus, snapshot_records=7, snapshot_s=snapshot_s)
        self.stop = asyncio.Event()
        self.exporting = asyncio.create_task(self.sink.run())
        worker = Worker(replace(resources, spans=self.sink), SPEC)
        self.working = asyncio.create_task(worker.run(self.stop))

    async def end(self) -> None:
        self.exporting.cancel()
        self.stop.set()
        with suppress(OutputLost):
            await self.working


@asynccontextmanager
async def life(
    log: MemoryLog, collector: Collector, *, patience_s: float = 30.0, snapshot_s: float = 1_000.0
) -> AsyncIterator[Life]:
    lived = Life(MemoryBus(log), collector, patience_s=patience_s, snapshot_s=snapshot_s)
    try:
        yield lived
    finally:
        collector.open.set()
        lived.stop.set()
        await asyncio.wait_for(lived.working, 10)
        lived.sink.close()
        await lived.exporting


async def prepared() -> MemoryLog:
    log = MemoryLog(SystemClock())
    await MemoryBus(log).ensure_topics()
    return log


async def decided(log: MemoryLog, count: int) -> None:
    await until(lambda: len(decisions(log)) >= count)


async def committed(log: MemoryLog, offset: int) -> None:
    await until(lambda: (log.group("risk").committed(AT) or 0) >= offset)


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        await asyncio.sleep(0.002)


def span_of(record: Record) -> bytes:
    return parent_of(record.headers[TRACEPARENT])[1]


async def test_nothing_is_committed_before_its_spans_have_left_and_work_goes_on_meanwhile() -> None:
    log, collector = await prepared(), Collector()
    collector.open.clear()
    async with life(log, collector):
        log.append([intent(1)])
        await decided(log, 1)
        log.append([intent(2)])
        await decided(log, 2)
        await asyncio.sleep(0.5)  # a commit is due every 0.2 s
        assert not log.group("risk").committed(AT)
        collector.open.set()
        await committed(log, 2)
        assert collector.ids == {span_of(record) for record in decisions(log)}


async def test_no_snapshot_stands_for_what_has_spans_that_have_not_left() -> None:
    log, collector = await prepared(), Collector()
    collector.open.clear()
    async with life(log, collector, snapshot_s=0.02):
        log.append([intent(1)])
        await decided(log, 1)
        await asyncio.sleep(0.2)
        before = (await recall(MemoryBus(log), "risk", PARTITION)).snapshot
        assert before is None or before.next_offset == 0
        collector.open.set()
        await committed(log, 1)


async def test_a_collector_that_hangs_delays_one_commit_for_a_bounded_time_and_stops_nothing() -> None:
    log, collector = await prepared(), Collector()
    collector.open.clear()
    async with life(log, collector, patience_s=0.1) as lived:
        log.append([intent(1)])
        await committed(log, 1)
        log.append([intent(2)])
        await committed(log, 2)
        assert collector.spans == []
        assert lived.registry.get_sample_value("sextant_spans_late_total") == 2
    assert collector.ids == {span_of(record) for record in decisions(log)}


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**32),
    st.lists(st.tuples(st.integers(2, 25), st.booleans()), max_size=4),
    st.integers(20, 60),
)
def test_crashes_at_any_send_leave_one_span_for_each_decision(
    seed: int, crashes: list[tuple[int, bool]], count: int
) -> None:
    asyncio.run(_crashes(seed, crashes, count))


async def _crashes(seed: int, crashes: list[tuple[int, bool]], count: int) -> None:
    chance = random.Random(seed)
    log, collector = await prepared(), Collector(longest_s=0.05)
    feed = [intent(number) if chance.random() < 0.7 else breaker(number) for number in range(count)]
    feeder = asyncio.create_task(_feed(log, feed, chance))
    for dies_at, after in [*crashes, (1 << 40, False)]:
        one = Life(Flaky(log, dies_at, after=after), collector)
        await until(partial(_is_over, one, feeder, log))
        await one.end()
        done = log.group("risk").committed(AT) or 0
        below = {span_of(each) for each in decisions(log) if _input_of(each, log) < done}
        assert below <= collector.ids, "a committed decision has no span"
    await feeder
    assert collector.ids == {span_of(record) for record in decisions(log)}


def _is_over(one: Life, feeder: asyncio.Task[None], log: MemoryLog) -> bool:
    is_read = feeder.done() and (log.group("risk").committed(AT) or 0) >= log.end(AT)
    return one.working.done() or is_read


def _input_of(decision: Record, log: MemoryLog) -> int:
    """Return the offset of the intent that a decision was made of: both have the root of one market event."""
    roots = [identity_of(record).root for record in log.slice(AT, 0, 1 << 40)]
    return roots.index(identity_of(decision).root)
