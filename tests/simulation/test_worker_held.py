"""A worker that is held and continued decides nothing on what it knew before, though its readers have yet to find out what was said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from services.breaker.bootstrap import breaker_stage
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import BroadcastConsumer, Outgoing, Record, TopicPartition
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.identity import Identity, Root
from sextant.core.time import SECOND, SystemClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stage import Input, Output, PlainHandler, SideView, StageSpec
from sextant.runtime.stamp import Stamper, open_record
from sextant.runtime.worker import Worker
from tests.simulation.test_worker_recovery import (
    BREAKERS,
    DECISIONS,
    INTENTS,
    PORTFOLIO,
    breaker,
    decisions,
    intent,
)
from tests.support.resources import make_resources, shipped_platform
from tests.support.sleepers import LeapingClock


class Showing(PlainHandler):
    """Says in each decision which epoch it knows, and in its time whether the breakers speak."""

    def handle(self, batch: Sequence[Input], side: SideView) -> Iterable[Output]:
        for record in batch:
            known = side.get(BREAKERS, "global")
            decision = risk_pb2.Decision(
                intent=record.value,
                breaker_epoch=known.value.epoch if known else 0,
                event_time_ns=0 if BREAKERS in side.silent else 1,
            )
            yield Output(DECISIONS, PORTFOLIO, PORTFOLIO, decision, cause=record, id_field="decision_id")

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        """Nothing is kept."""


SPEC = StageSpec(
    name="risk", input=INTENTS, make=lambda _: Showing(), sides=(BREAKERS,), silence_ns={BREAKERS: 2 * SECOND}
)


class Reader:
    """A reader of side topics that returns, while it lags, only what had reached it before."""

    def __init__(self, inside: BroadcastConsumer) -> None:
        self._inside = inside
        self.buffered: list[Record] = []
        self._later: list[Record] = []
        self.is_lagging = False

    @property
    def is_ready(self) -> bool:
        return self._inside.is_ready

    async def poll(self, *, max_records: int, timeout_s: float) -> Sequence[Record]:
        if not self.is_lagging:
            self._later.extend(await self._inside.poll(max_records=max_records, timeout_s=0.01))
        if not self.is_lagging:
            found, self._later = self._later, []
            return found
        await asyncio.sleep(0.005)
        found, self.buffered = self.buffered, []
        return found

    async def stop(self) -> None:
        await self._inside.stop()


class Machine:
    """A worker whose process can be held."""

    def __init__(self, log: MemoryLog, spec: StageSpec) -> None:
        self.log, self.clock = log, LeapingClock()
        self.readers: list[Reader] = []
        bus = MemoryBus(log)
        broadcast = bus.broadcast

        async def lagging(topics: Sequence[str], **options: Any) -> Reader:
            self.readers.append(Reader(await broadcast(topics, **options)))
            return self.readers[-1]

        bus.broadcast = lagging  # type: ignore[assignment, method-assign]  # the reader that it is about
        self.worker = Worker(make_resources(spec.name, bus, clock=self.clock), spec)

    def hold(self, seconds: int, *, buffered: Sequence[Outgoing], meanwhile: Sequence[Outgoing]) -> None:
        """Stand still: `buffered` had reached the process and was not looked at, `meanwhile` is what the log has by now."""
        (reader,) = self.readers
        reader.is_lagging = True
        for records in (buffered, meanwhile):
            for at in self.log.append(list(records)):
                if records is buffered:
                    reader.buffered.extend(
                        self.log.slice(TopicPartition(at.topic, at.partition), at.offset, at.offset + 1)
                    )
        self.clock.leapt_ns += seconds * SECOND

    def catch_up(self) -> None:
        """Let the reader find what the log holds."""
        (reader,) = self.readers
        reader.is_lagging = False


@asynccontextmanager
async def machine(spec: StageSpec) -> AsyncIterator[Machine]:
    log = MemoryLog(SystemClock())
    await MemoryBus(log).ensure_topics()
    made, stop = Machine(log, spec), asyncio.Event()
    task = asyncio.create_task(made.worker.run(stop))
    try:
        yield made
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        await asyncio.sleep(0.002)


def shown(log: MemoryLog) -> list[tuple[int, bool]]:
    """Return, for each decision, the epoch that was known and whether the breakers spoke."""
    said = [open_record(record).value for record in decisions(log)]
    return [(each.breaker_epoch, bool(each.event_time_ns)) for each in said]


async def test_what_was_said_while_it_was_held_is_known_before_anything_is_answered() -> None:
    async with machine(SPEC) as held:
        log = held.log
        log.append([breaker(1), intent(1)])
        await until(lambda: len(shown(log)) == 1)
        log.append([breaker(2)])
        await asyncio.sleep(0.3)
        log.append([intent(2)])
        await until(lambda: shown(log)[-1] == (2, True))
        held.hold(10, buffered=[breaker(3)], meanwhile=[breaker(4), intent(3)])
        await until(lambda: len(shown(log)) == 3)
        assert shown(log)[-1] == (4, False), "it decided on what it knew before it was held"
        log.append([intent(4)])
        await until(lambda: len(shown(log)) == 4)
        assert shown(log)[-1] == (4, False), (
            "a record from before the hold was heard as if it had been said just now"
        )
        held.catch_up()
        await asyncio.sleep(0.3)
        log.append([intent(5)])
        await until(lambda: len(shown(log)) == 5)
        assert shown(log)[-1] == (4, False), "nobody has spoken since"
        log.append([breaker(5)])
        await asyncio.sleep(0.3)
        log.append([intent(6)])
        await until(lambda: len(shown(log)) == 6)
        assert shown(log)[-1] == (5, True)


async def test_a_short_pause_changes_nothing() -> None:
    async with machine(SPEC) as held:
        log = held.log
        log.append([breaker(1)])
        await asyncio.sleep(0.3)
        log.append([breaker(2)])
        await asyncio.sleep(0.3)
        held.clock.leapt_ns += SECOND // 2
        log.append([intent(1)])
        await until(lambda: len(shown(log)) == 1)
        assert shown(log) == [(2, True)]


@pytest.mark.parametrize("seconds", [2, 10])
async def test_a_breaker_that_was_held_does_not_call_itself_closed_over_a_loss_that_came_meanwhile(
    seconds: int,
) -> None:
    async with machine(breaker_stage(shipped_platform())) as held:
        log = held.log
        log.append([portfolio(1, 100_000.0)])
        await until(lambda: "CLOSED" in states(log))
        said = len(states(log))
        held.hold(seconds, buffered=[portfolio(2, 100_000.0)], meanwhile=[portfolio(3, 1.0)])
        await until(lambda: len(states(log)) > said)
        assert set(states(log)[said:]) == {"OPEN"}


def portfolio(number: int, equity: float) -> Outgoing:
    """Return a word of the ledger on the shipped portfolio, whose day began with 100,000."""
    message = ledger_pb2.Portfolio(
        portfolio=PORTFOLIO,
        equity=equity,
        day_start_equity=100_000.0,
        state_time=Timestamp(seconds=1_700_000_000),
    )
    stamper = Stamper("ledger", "0", "local", SystemClock())
    identity = Identity(Root("ledger", 0, number))
    return stamper.outgoing("ledger.portfolios.v1", PORTFOLIO, PORTFOLIO, message, identity, Lineage())


def states(log: MemoryLog) -> list[str]:
    """Return the states of the portfolio's breaker as they were said."""
    records = log.slice(TopicPartition(BREAKERS, 0), 0, 1 << 40)
    said = [open_record(record).value for record in records]
    names = [
        risk_pb2.BreakerState.Name(each.state) for each in said if each.scope == f"portfolio/{PORTFOLIO}"
    ]
    return [name.removeprefix("BREAKER_STATE_") for name in names]
