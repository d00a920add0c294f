"""The worker after crashes: the state is bit-equal, nothing is lost, and what is said twice has the same identity."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sextant.bus.errors import OutputLost
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, Position, Producer, Record, TopicPartition
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.core.identity import Identity, Root
from sextant.core.partitions import portfolio_partition
from sextant.core.time import SystemClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stage import Input, Output, PlainHandler, SideView, StageSpec
from sextant.runtime.stamp import Stamper, identity_of, open_record
from sextant.runtime.worker import Worker
from sextant.runtime.worker.engine import Engine, state_equal
from sextant.runtime.worker.journal import claim_record, recall, snapshot_record, step_record
from sextant.runtime.worker.recovery import recover
from tests.support.resources import make_resources

INTENTS, DECISIONS, BREAKERS = "strategies.intents.v1", "risk.decisions.v1", "risk.breakers.v1"
PORTFOLIO = "main"
PARTITION = portfolio_partition(PORTFOLIO)


class Chain(PlainHandler):
    """A handler whose state is a hash over everything that it has ever seen, in order: any slip shows."""

    def __init__(self) -> None:
        self.digest = b""

    def handle(self, batch: Sequence[Input], side: SideView) -> Iterable[Output]:
        for record in batch:
            breaker = side.get(BREAKERS, "global")
            epoch = breaker.value.epoch if breaker else 0
            self._mix(
                b"intent",
                record.key.encode(),
                record.raw,
                str(epoch).encode(),
                str(sorted(side.silent)).encode(),
            )
            yield Output(
                DECISIONS,
                PORTFOLIO,
                PORTFOLIO,
                risk_pb2.Decision(
                    intent=record.value,
                    breaker_epoch=epoch,
                    event_time_ns=int.from_bytes(self.digest[:6], "big"),
                ),
                cause=record,
                id_field="decision_id",
            )

    def on_side(self, record: Input, side: SideView) -> Iterable[Output]:
        self._mix(b"side", record.raw)
        return ()

    def snapshot(self) -> bytes:
        return self.digest

    def restore(self, state: bytes) -> None:
        self.digest = state

    def _mix(self, *parts: bytes) -> None:
        self.digest = hashlib.sha256(b"/".join((self.digest, *parts))).digest()


SPEC = StageSpec(
    name="risk",
    input=INTENTS,
    make=lambda partition: Chain(),
    sides=(BREAKERS,),
    silence_ns={BREAKERS: 3_000_000},
)


class Flaky(MemoryBus):
    """A process that dies at its n-th send, before or after the log has the records; deletes nothing, so that all can be checked."""

    def __init__(self, log: MemoryLog, dies_at: int, *, after: bool) -> None:
        super().__init__(log)
        self._left, self._after = dies_at, after
        self._inner = super().producer()

    def producer(self) -> Producer:
        return self

    async def send(self, records: Sequence[Outgoing]) -> list[Position]:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise OutputLost("the process dies before the log has it")
        positions = await self._inner.send(records)
        if self._left == 0:
            raise OutputLost("the process dies after the log has it")
        return positions

    async def prepare(self, topics: Sequence[str]) -> None:
        await self._inner.prepare(topics)

    async def delete_before(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Keep everything."""


def intent(number: int) -> Outgoing:
    message = intents_pb2.Intent(portfolio=PORTFOLIO, intent_id=str(number), event_time_ns=number)
    return _stamped("ensemble", INTENTS, PORTFOLIO, message, Root("market.events.v1/0", 0, number))


def breaker(number: int) -> Outgoing:
    message = risk_pb2.Breaker(scope="global", epoch=number, state=risk_pb2.BREAKER_STATE_CLOSED)
    return _stamped("breaker", BREAKERS, "global", message, Root("breaker", 0, number))


def _stamped(stage: str, topic: str, key: str, message: Any, root: Root) -> Outgoing:
    stamper = Stamper(stage, "0", "local", SystemClock())
    return stamper.outgoing(topic, key, PORTFOLIO, message, Identity(root), Lineage())


async def run_until_done(
    log: MemoryLog, feed: list[Outgoing], crashes: list[tuple[int, bool]], chance: random.Random
) -> None:
    """Feed the log while workers live and die; the last one lives until everything is read."""
    feeder = asyncio.create_task(_feed(log, feed, chance))
    for dies_at, after in [*crashes, (1 << 40, False)]:
        bus = Flaky(log, dies_at, after=after)
        worker = Worker(make_resources("risk", bus, snapshot_records=7, snapshot_s=0.02), SPEC)
        stop = asyncio.Event()
        task = asyncio.create_task(worker.run(stop))
        while not task.done():
            await asyncio.sleep(0.001)
            if feeder.done() and _is_read(log):
                stop.set()
        with suppress(OutputLost):
            task.result()
            break
    await feeder


async def _feed(log: MemoryLog, feed: list[Outgoing], chance: random.Random) -> None:
    for record in feed:
        log.append([record])
        if chance.random() < 0.4:
            await asyncio.sleep(chance.random() * 0.004)


def _is_read(log: MemoryLog) -> bool:
    at = TopicPartition(INTENTS, PARTITION)
    return (log.group("risk").committed(at) or 0) >= log.end(at)


def decisions(log: MemoryLog) -> list[Record]:
    return list(log.slice(TopicPartition(DECISIONS, PARTITION), 0, 1 << 40))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32),
    st.lists(st.tuples(st.integers(2, 25), st.booleans()), max_size=4),
    st.integers(20, 80),
)
def test_crashes_at_any_send_lose_nothing_and_end_bit_equal(
    seed: int, crashes: list[tuple[int, bool]], count: int
) -> None:
    asyncio.run(_crashes(seed, crashes, count))


async def _crashes(seed: int, crashes: list[tuple[int, bool]], count: int) -> None:
    chance = random.Random(seed)
    log = MemoryLog(SystemClock())
    await MemoryBus(log).ensure_topics()
    feed = [intent(number) if chance.random() < 0.7 else breaker(number) for number in range(count)]
    await run_until_done(log, feed, crashes, chance)
    bus = MemoryBus(log)
    committed = log.group("risk").committed(TopicPartition(INTENTS, PARTITION))
    recovered = await recover(bus, SPEC, PARTITION, committed)
    replayed = await _replay_everything(bus)
    assert state_equal(recovered.engine, replayed.engine), (
        "state after crashes differs from a run without one"
    )
    first = _first_of_each(decisions(log))
    wanted = [record.key for record in log.slice(TopicPartition(INTENTS, PARTITION), 0, 1 << 40)]
    assert len(first) == len(wanted), "an intent was not decided, or was decided under two identities"
    said = {
        identity_of_output(addressed): addressed.output.value.breaker_epoch for addressed in replayed.unsent
    }
    assert {key: open_record(record).value.breaker_epoch for key, record in first.items()} == said


async def _replay_everything(bus: MemoryBus) -> Any:
    """Recover from the journal alone, as if no snapshot had ever been written."""
    records = await bus.read(TopicPartition("risk.state.v1", PARTITION))
    without = MemoryLog(SystemClock())
    other = MemoryBus(without)
    await other.ensure_topics()
    for record in await bus.read(TopicPartition(INTENTS, PARTITION)):
        without.append([Outgoing(INTENTS, PARTITION, record.key, record.value, record.headers)])
    for record in records:
        state = state_pb2.StateRecord.FromString(record.value or b"")
        if state.WhichOneof("kind") == "snapshot":
            step = state_pb2.SideStep(
                before_offset=state.snapshot.next_offset
            )  # holds the place, says nothing
            state = state_pb2.StateRecord(side=step, owner=state.owner)
        without.append([Outgoing("risk.state.v1", PARTITION, b"state", state.SerializeToString())])
    return await recover(other, SPEC, PARTITION, None)


def identity_of_output(addressed: Any) -> bytes:
    encoded: bytes = addressed.identity.encode()
    return encoded


def _first_of_each(records: Sequence[Record]) -> dict[bytes, Record]:
    first: dict[bytes, Record] = {}
    for record in records:
        first.setdefault(identity_of(record).encode(), record)
    return first


async def test_redelivered_records_change_nothing_and_are_counted() -> None:
    log = MemoryLog(SystemClock())
    await MemoryBus(log).ensure_topics()
    log.append([intent(1), intent(2), intent(2), intent(1), intent(3)])
    await run_until_done(log, [], [], random.Random(1))
    assert [open_record(record).value.intent.intent_id for record in decisions(log)] == ["1", "2", "3"]


async def test_without_the_identity_check_a_redelivered_record_is_decided_twice() -> None:
    """The control: what the proof of identity must catch."""
    engine = Engine(SPEC, PARTITION, checks_identity=False)
    record = intent(1)
    opened = open_record(
        Record(record.topic, record.partition, 0, record.key, record.value, record.headers, 0)
    )
    assert len(engine.feed([opened])) + len(engine.feed([opened])) == 2


async def test_what_a_paused_former_owner_writes_is_void() -> None:
    log = MemoryLog(SystemClock())
    bus = MemoryBus(log)
    await bus.ensure_topics()
    log.append([claim_record("risk", PARTITION, "old"), claim_record("risk", PARTITION, "new")])
    log.append([snapshot_record("risk", PARTITION, 1, state_pb2.Snapshot(next_offset=5, layout=1))])
    log.append([snapshot_record("risk", PARTITION, 0, state_pb2.Snapshot(next_offset=9, layout=1))])
    log.append([step_record("risk", PARTITION, 0, 9, [state_pb2.SideEvent(timer_ns=1)])])
    recalled = await recall(bus, "risk", PARTITION)
    assert recalled.snapshot is not None
    assert (recalled.snapshot.next_offset, recalled.steps, recalled.void) == (5, [], 2)


async def test_an_unreadable_record_on_a_money_topic_halts_its_partition_and_is_not_committed() -> None:
    log = MemoryLog(SystemClock())
    await MemoryBus(log).ensure_topics()
    log.append([intent(1), Outgoing(INTENTS, PARTITION, b"main", b"\xff\xff", {}), intent(2)])
    resources = make_resources("risk", MemoryBus(log))
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(resources, SPEC).run(stop))
    for _ in range(200):
        await asyncio.sleep(0.005)
        if "halted" in str(resources.health.report()[1]):
            break
    assert not resources.health.is_ready
    stop.set()
    await task
    assert log.group("risk").committed(TopicPartition(INTENTS, PARTITION)) == 1
    assert len(decisions(log)) == 1
