"""A worker that was held while another one took over: what it does on waking up harms nobody, and it goes on as a member."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, TopicPartition
from sextant.contracts.runtime.v1 import state_pb2
from sextant.core.time import SECOND, SystemClock
from sextant.runtime.service import Resources
from sextant.runtime.stamp import identity_of, open_record
from sextant.runtime.worker import Worker
from sextant.runtime.worker.engine import state_equal
from sextant.runtime.worker.journal import claim_record
from sextant.runtime.worker.recovery import recover
from tests.simulation.test_worker_recovery import (
    INTENTS,
    PARTITION,
    SPEC,
    _feed,
    breaker,
    decisions,
    identity_of_output,
    intent,
)
from tests.support.resources import make_resources
from tests.support.sleepers import KeepingLog, LeapingClock, ProcessIsGone, Sleeper

AT = TopicPartition(INTENTS, PARTITION)
STATE = TopicPartition("risk.state.v1", PARTITION)


class Counting(Worker):
    """Knows how often it was given partitions."""

    rebalances = 0

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        starts = await super().assigned(partitions)
        self.rebalances += 1
        return starts


class Life:
    """One worker in a process of its own, which can be held."""

    def __init__(self, log: MemoryLog, instance: str, *, snapshot_records: int = 7) -> None:
        self.bus, self.clock, self.stop = Sleeper(log), LeapingClock(), asyncio.Event()
        self.resources: Resources = make_resources(
            "risk",
            self.bus,
            instance=instance,
            clock=self.clock,
            snapshot_records=snapshot_records,
            snapshot_s=0.02 if snapshot_records == 7 else 1_000.0,
        )
        self.worker = Counting(self.resources, SPEC)
        self.task = asyncio.create_task(self.worker.run(self.stop))

    @property
    def has_it(self) -> bool:
        return AT in self.worker._engines

    def counted(self, name: str) -> float:
        return self.resources.metrics.get_sample_value(name, {"stage": "risk"}) or 0.0

    async def end(self) -> None:
        """Stop in good order."""
        self.bus.wake()
        self.stop.set()
        await asyncio.wait_for(self.task, 10)

    @property
    def rebalances(self) -> int:
        return self.worker.rebalances

    async def kill(self) -> None:
        """Be gone without a word; the group notices."""
        self.bus.kill()
        self.task.cancel()
        with suppress(asyncio.CancelledError, ProcessIsGone):
            await self.task


async def prepared() -> KeepingLog:
    log = KeepingLog([STATE])
    await MemoryBus(log).ensure_topics()
    return log


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        await asyncio.sleep(0.002)


async def answered(log: MemoryLog, count: int) -> None:
    await until(lambda: len({identity_of(each).encode() for each in decisions(log)}) >= count)


def records(log: MemoryLog) -> list[state_pb2.StateRecord]:
    return [state_pb2.StateRecord.FromString(each.value or b"") for each in log.slice(STATE, 0, 1 << 40)]


async def assert_recovers_bit_equal(log: KeepingLog) -> Any:
    """Recovery from what is left in the log gives what a replay of everything that was ever journalled gives."""
    recovered = await recover(MemoryBus(log), SPEC, PARTITION, log.group("risk").committed(AT))
    whole = MemoryLog(SystemClock())
    bus = MemoryBus(whole)
    await bus.ensure_topics()
    for record in (*log.slice(AT, 0, 1 << 40), *decisions(log)):
        whole.append([Outgoing(record.topic, record.partition, record.key, record.value, record.headers)])
    for outgoing in log.history[STATE]:
        whole.append([_without_snapshot(outgoing)])
    replayed = await recover(bus, SPEC, PARTITION, None)
    assert state_equal(recovered.engine, replayed.engine), "recovery is not bit-equal"
    return replayed


def _without_snapshot(outgoing: Outgoing) -> Outgoing:
    state = state_pb2.StateRecord.FromString(outgoing.value or b"")
    if state.WhichOneof("kind") == "snapshot":  # a step that says nothing holds its place
        step = state_pb2.SideStep(before_offset=state.snapshot.next_offset)
        state = state_pb2.StateRecord(side=step, owner=state.owner)
    return Outgoing(STATE.topic, STATE.partition, b"state", state.SerializeToString())


async def taken_over(log: KeepingLog, *, snapshot_records: int) -> tuple[Life, Life]:
    """Return a worker that is held with answers behind it, and the one that has gone on since."""
    old = Life(log, "old", snapshot_records=snapshot_records)
    log.append([intent(1), breaker(1), intent(2), intent(3)])
    await answered(log, 3)
    await until(lambda: (log.group("risk").committed(AT) or 0) >= 3)
    old.bus.hold()
    await asyncio.sleep(0.15)  # it stands still after a poll
    new = Life(log, "new", snapshot_records=1_000)
    await until(lambda: new.has_it)
    log.append([breaker(2), intent(4), breaker(3), intent(5)])
    await answered(log, 5)
    return old, new


async def test_a_worker_that_wakes_after_it_has_lost_its_partition_destroys_nothing_of_the_new_owner() -> (
    None
):
    """The script of the bug: the old owner's snapshot on revocation let go of the new owner's claim and steps."""
    log = await prepared()
    old, new = await taken_over(log, snapshot_records=1_000)
    await new.kill()
    left = records(log)
    old.bus.wake()  # it is told of the loss when it asks the group again
    await until(lambda: old.rebalances == 2)
    assert records(log)[: len(left)] == left
    await assert_recovers_bit_equal(log)
    log.append([intent(6)])
    await answered(log, 6)
    await old.end()
    await assert_recovers_bit_equal(log)


async def test_a_held_worker_lets_go_of_nothing_when_it_is_held_between_snapshot_and_deletion() -> None:
    """A deletion that comes late is of what lies below a snapshot that was valid: no later claim lies there."""
    log = await prepared()
    old = Life(log, "old", snapshot_records=1_000)
    log.append([breaker(1), intent(1), intent(2)])
    await answered(log, 2)
    await until(lambda: (log.group("risk").committed(AT) or 0) >= 2)
    old.bus.hold_deletions()
    old.stop.set()
    await until(lambda: old.bus.is_deleting)
    old.bus.hold()
    new = Life(log, "new", snapshot_records=1_000)
    await until(lambda: new.has_it)
    log.append([breaker(2), intent(3)])
    await answered(log, 3)
    old.bus.wake()
    await old.end()
    await assert_recovers_bit_equal(log)
    await new.end()
    await assert_recovers_bit_equal(log)


async def test_a_worker_that_stood_still_for_long_asks_before_it_says_a_word() -> None:
    log = await prepared()
    old, new = await taken_over(log, snapshot_records=1_000)
    said = len(decisions(log))
    old.clock.leapt_ns = 10 * SECOND
    old.bus.wake()  # with records in hand that the new owner has answered
    await until(lambda: old.counted("sextant_memberships_lost_total") == 1)
    await until(lambda: new.rebalances == 2 and old.rebalances == 2)
    assert len(decisions(log)) == said
    assert old.resources.health.report("partition")[0]
    log.append([intent(6)])
    await answered(log, 6)
    await old.end()
    await new.end()
    await assert_recovers_bit_equal(log)


async def test_a_worker_whose_commit_is_refused_goes_on_as_a_member_that_joins_anew() -> None:
    log = await prepared()
    life = Life(log, "one", snapshot_records=1_000)
    log.append([intent(1)])
    await until(lambda: (log.group("risk").committed(AT) or 0) >= 1)
    life.bus.expire()
    log.append([intent(2)])
    await answered(log, 2)
    await until(lambda: life.rebalances == 2)
    log.append([intent(3)])
    await answered(log, 3)
    await life.end()
    assert log.group("risk").committed(AT) == 3
    await assert_recovers_bit_equal(log)


async def test_a_claim_of_somebody_whom_the_group_has_given_up_makes_the_owner_join_and_claim_anew() -> None:
    log = await prepared()
    life = Life(log, "one", snapshot_records=1_000)
    log.append([intent(1)])
    await answered(log, 1)
    log.append([claim_record("risk", PARTITION, "given up")])
    log.append([breaker(1), intent(2)])
    await answered(log, 2)
    await until(lambda: life.rebalances == 2)
    await life.end()
    await assert_recovers_bit_equal(log)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2**32),
    st.lists(st.tuples(st.sampled_from(["hold", "kill"]), st.integers(0, 2)), max_size=6),
    st.integers(20, 60),
)
def test_kills_and_pauses_with_takeovers_end_bit_equal_whatever_is_deleted(
    seed: int, blows: list[tuple[str, int]], count: int
) -> None:
    asyncio.run(_blows(seed, blows, count))


async def _blows(seed: int, blows: list[tuple[str, int]], count: int) -> None:
    chance = random.Random(seed)
    log = await prepared()
    lives = [Life(log, str(number)) for number in range(2)]
    feed = [intent(number) if chance.random() < 0.7 else breaker(number) for number in range(count)]
    feeder = asyncio.create_task(_feed(log, feed, chance))
    for turn, (kind, number) in enumerate(blows, start=len(lives)):
        await asyncio.sleep(chance.random() * 0.03)
        victim = lives[number % len(lives)]
        if kind == "kill":
            lives[lives.index(victim)] = Life(log, f"{turn}")
            await victim.kill()
        elif victim.bus.awake.is_set():
            victim.bus.hold()
        else:
            victim.clock.leapt_ns += chance.choice([0, 10 * SECOND])
            victim.bus.wake()
    await feeder
    for life in lives:
        life.bus.wake()
    await until(lambda: (log.group("risk").committed(AT) or 0) >= log.end(AT))
    for life in lives:
        await life.end()
    replayed = await assert_recovers_bit_equal(log)
    _assert_everything_was_said(log, replayed)


def _assert_everything_was_said(log: KeepingLog, replayed: Any) -> None:
    """Each intent has one identity, and what the state holds of it was said, whatever a held owner had on its lips."""
    said = {(identity_of(each).encode(), open_record(each).value.breaker_epoch) for each in decisions(log)}
    assert len({identity for identity, _ in said}) == log.end(AT)
    assert {(identity_of_output(each), each.output.value.breaker_epoch) for each in replayed.unsent} <= said


async def test_a_worker_that_hands_over_a_halted_partition_is_ready_again() -> None:
    log = await prepared()
    life = Life(log, "one", snapshot_records=1_000)
    log.append([intent(1), Outgoing(INTENTS, PARTITION, b"main", b"\xff\xff", {})])
    await until(lambda: life.counted("sextant_halted_partitions") == 1)
    assert not life.resources.health.report("partition")[0]
    await life.worker.revoked([AT])
    assert life.resources.health.report("partition")[0]
    assert life.counted("sextant_halted_partitions") == 0
    await life.end()
