"""Records that open well and that the handler refuses: what is said and kept is as if they had never reached it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, Position, TopicPartition
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.contracts.topics import dead_letter_topic
from sextant.core.errors import PoisonRecord
from sextant.core.identity import Identity, Root
from sextant.core.partitions import market_partition, portfolio_partition
from sextant.core.time import SystemClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.service import Resources
from sextant.runtime.stage import Input, Output, PlainHandler, SideView, StageSpec
from sextant.runtime.stamp import Stamper, open_record
from sextant.runtime.worker import Worker
from sextant.runtime.worker.journal import recall
from sextant.runtime.worker.poison import PoisonGuard
from sextant.runtime.worker.recovery import recover
from tests.simulation.test_worker_held import until
from tests.simulation.test_worker_recovery import (
    BREAKERS,
    DECISIONS,
    INTENTS,
    PARTITION,
    PORTFOLIO,
    breaker,
    decisions,
)
from tests.support.resources import make_resources
from tests.unit.services.risk import scenes

OTHER = "other"
VECTORS, SIGNALS = "features.vectors.v1", "strategies.signals.v1"
AT = TopicPartition(INTENTS, PARTITION)
MARKET = TopicPartition(VECTORS, market_partition("BTC"))
BAD = "bad"


class Remembering(PlainHandler):
    """Remembers what it was told, and notices only then that it cannot read it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def handle(self, batch: Sequence[Input], side: SideView) -> Iterable[Output]:
        for record in batch:
            self.seen.append(record.key)
            if record.key.startswith(BAD):
                raise refusal(record.position)
            yield self._answer(record)

    def on_side(self, record: Input, side: SideView) -> Iterable[Output]:
        self.seen.append(f"side{record.value.epoch}")
        return ()

    def snapshot(self) -> bytes:
        return " ".join(self.seen).encode()

    def restore(self, state: bytes) -> None:
        self.seen = state.decode().split()

    def _answer(self, record: Input) -> Output:
        if record.position.topic == VECTORS:
            return Output(SIGNALS, record.key, "BTC", signals_pb2.Signal(), cause=record)
        name = record.value.portfolio
        return Output(DECISIONS, name, name, risk_pb2.Decision(intent=record.value), cause=record)


def refusal(at: Position) -> PoisonRecord:
    return PoisonRecord(topic=at.topic, partition=at.partition, offset=at.offset, reason="not to be read")


MONEY_STAGE = StageSpec(name="risk", input=INTENTS, make=lambda _: Remembering(), sides=(BREAKERS,))
MARKET_STAGE = StageSpec(name="strategies", input=VECTORS, make=lambda _: Remembering())


@asynccontextmanager
async def working(log: MemoryLog, spec: StageSpec, **process: Any) -> AsyncIterator[Resources]:
    """Run a worker for the time of a block; what it ended with is raised at its end."""
    bus = MemoryBus(log)
    await bus.ensure_topics()
    resources, stop = make_resources(spec.name, bus, **process), asyncio.Event()
    task = asyncio.create_task(Worker(resources, spec).run(stop))
    try:
        yield resources
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


async def new_log() -> MemoryLog:
    log = MemoryLog(SystemClock())
    await MemoryBus(log).ensure_topics()
    return log


def intent(number: int, key: str, portfolio: str = PORTFOLIO) -> Outgoing:
    return _intent(number, intents_pb2.Intent(portfolio=portfolio, intent_id=key), key)


def _intent(number: int, message: intents_pb2.Intent, key: str = "") -> Outgoing:
    return _stamped("ensemble", INTENTS, key or message.portfolio, message.portfolio, message, number)


def vector(number: int, key: str) -> Outgoing:
    message = features_pb2.FeatureVector(event_time_ns=number)
    return _stamped("features", VECTORS, key, "BTC", message, number)


def _stamped(stage: str, topic: str, key: str, partition_key: str, message: Any, number: int) -> Outgoing:
    stamper, root = Stamper(stage, "0", "local", SystemClock()), Root("market.events.v1/0", 0, number)
    return stamper.outgoing(topic, key, partition_key, message, Identity(root), Lineage())


def answered(log: MemoryLog, at: TopicPartition) -> list[str]:
    return [record.key.decode() for record in log.slice(at, 0, 1 << 40)]


def intents_decided(log: MemoryLog) -> list[str]:
    return [open_record(record).value.intent.intent_id for record in decisions(log)]


@pytest.mark.parametrize("snapshot_records", [1, 100])
async def test_on_a_money_topic_its_partition_halts_before_it_and_only_that_one(
    snapshot_records: int,
) -> None:
    log = await new_log()
    log.append([breaker(1), intent(0, "first")])
    async with working(log, MONEY_STAGE, snapshot_records=snapshot_records) as resources:
        await until(lambda: intents_decided(log) == ["first"])
        await asyncio.sleep(0.1)  # it may be snapshot
        log.append([breaker(2)])
        await asyncio.sleep(0.4)
        log.append([intent(1, "second"), intent(2, "third"), intent(3, BAD), intent(4, "fourth")])
        await until(lambda: not resources.health.is_ready)
        log.append([intent(5, "elsewhere", OTHER), intent(6, "fifth"), breaker(3)])
        elsewhere = TopicPartition(DECISIONS, portfolio_partition(OTHER))
        await until(lambda: answered(log, elsewhere) == [OTHER])
        checks = resources.health.report()[1]["checks"]
        assert "offset 3" in checks[f"partition/{PARTITION}"]["detail"]
        assert resources.metrics.get_sample_value("sextant_halted_partitions", {"stage": "risk"}) == 1
        await asyncio.sleep(0.4)
    assert intents_decided(log) == ["first", "second", "third"]
    assert log.group("risk").committed(AT) == 3
    left = (await recall(MemoryBus(log), "risk", PARTITION)).snapshot
    assert left is not None
    assert left.state.decode().split() == ["side1", "first", "side2", "second", "third", "side3"]
    assert left.next_offset == 3


async def test_whoever_takes_a_halted_partition_halts_at_the_same_record() -> None:
    log = await new_log()
    log.append([intent(0, "first"), intent(1, BAD), intent(2, "second")])
    for _ in range(2):
        async with working(log, MONEY_STAGE) as resources:
            await until(lambda: "offset 1" in str(resources.health.report()[1]))
        assert intents_decided(log) == ["first"]
        assert log.group("risk").committed(AT) == 1


async def test_an_intent_whose_strength_is_no_number_halts_risk_at_it() -> None:
    log = await new_log()
    good, bad = scenes.intent(intent_id="good"), scenes.intent(intent_id=BAD)
    bad.strength = float("nan")
    log.append([_intent(number, message) for number, message in enumerate((good, bad))])
    async with working(log, scenes.stage()) as resources:
        await until(lambda: "intent.strength" in str(resources.health.report()[1]))
    assert intents_decided(log) == ["good"]
    assert log.group("risk").committed(AT) == 1


async def test_on_a_market_topic_it_is_kept_aside_and_the_next_one_is_read() -> None:
    log = await new_log()
    keys = ["a", f"{BAD}1", "b", "c", f"{BAD}2", "d"]
    log.append([vector(number, key) for number, key in enumerate(keys)])
    async with working(log, MARKET_STAGE) as resources:
        await until(lambda: (log.group("strategies").committed(MARKET) or 0) == len(keys))
        assert resources.health.is_ready
    assert answered(log, TopicPartition(SIGNALS, MARKET.partition)) == ["a", "b", "c", "d"]
    letters = log.slice(TopicPartition(dead_letter_topic(VECTORS, "strategies"), 0), 0, 1 << 40)
    assert [(letter.key.decode(), letter.headers["origin"].decode()) for letter in letters] == [
        (f"{BAD}1", f"{VECTORS}/{MARKET.partition}@1"),
        (f"{BAD}2", f"{VECTORS}/{MARKET.partition}@4"),
    ]


async def test_a_recovery_passes_over_what_was_kept_aside() -> None:
    log = await new_log()
    log.append([vector(number, key) for number, key in enumerate(["a", f"{BAD}1", "b", f"{BAD}2"])])
    recovered = await recover(MemoryBus(log), MARKET_STAGE, MARKET.partition, 4)
    assert recovered.engine.handler.snapshot() == b"a b"
    assert recovered.engine.next_offset == 4


async def test_a_recovery_passes_over_nothing_on_a_money_topic() -> None:
    """Answered before, and not to be read by this code: the state cannot be rebuilt."""
    log = await new_log()
    log.append([intent(0, "first"), intent(1, BAD)])
    with pytest.raises(PoisonRecord, match="@1: not to be read"):
        await recover(MemoryBus(log), MONEY_STAGE, PARTITION, 2)


async def test_a_refusal_of_what_was_not_given_stops_the_worker() -> None:
    log = await new_log()
    log.append([vector(0, "a")])
    records = log.slice(MARKET, 0, 1)
    guard = PoisonGuard("strategies")
    with pytest.raises(PoisonRecord):
        guard.refuse(refusal(Position(BREAKERS, 0, 0)), records, guard.sift(records))
