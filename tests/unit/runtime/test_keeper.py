"""Commits go beside the records: nobody waits for one, none passes another, and what comes of one is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import cast

import pytest

from services.triangulation.bootstrap import triangulation_stage
from sextant.bus.errors import MembershipLost
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import GroupConsumer, TopicPartition
from sextant.core.time import SECOND
from sextant.runtime.worker.engine import Engine
from sextant.runtime.worker.keeper import Keeper
from sextant.runtime.worker.metrics import WorkerMetrics
from sextant.runtime.worker.ownlog import OwnLog
from tests.support.resources import make_resources, shipped_platform

AT = TopicPartition("market.events.v1", 0)


class SlowGroup:
    """A member whose commits take as long as the test wants."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.answers: list[asyncio.Future[None]] = []

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.asked.append(offsets[AT])
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answers.append(answer)
        await answer


class Clock:
    """A clock that is set."""

    now = 10 * SECOND

    def wall_ns(self) -> int:
        return self.now

    def monotonic_ns(self) -> int:
        return self.now


class Kept:
    """A keeper of one partition, its member, and how far its engine is."""

    def __init__(self) -> None:
        self.clock, self.group = Clock(), SlowGroup()
        resources = make_resources("triangulation", MemoryBus(MemoryLog(self.clock)), clock=self.clock)
        self.engine = Engine(triangulation_stage(shipped_platform()), 0)
        metrics = WorkerMetrics(resources.metrics, "triangulation", AT.topic)
        own_log = cast(OwnLog, None)  # no snapshot is due here
        self.keeper = Keeper(resources, own_log, {AT: self.engine}, {AT}, metrics)

    async def keep(self, offset: int) -> None:
        """The engine has come to `offset`, and enough time has passed for a commit."""
        self.engine.next_offset = offset
        self.clock.now += SECOND
        await self.keeper.keep(cast(GroupConsumer, self.group))
        await asyncio.sleep(0)

    def answer(self, outcome: Exception | None = None) -> None:
        answer = self.group.answers[-1]
        if outcome is None:
            answer.set_result(None)
        else:
            answer.set_exception(outcome)


async def test_records_go_on_while_a_commit_is_under_way_and_the_next_one_names_how_far_they_came() -> None:
    kept = Kept()
    for offset in (5, 6, 7):
        await kept.keep(offset)
    assert kept.group.asked == [5]
    kept.answer()
    await asyncio.sleep(0)
    await kept.keep(8)
    assert kept.group.asked == [5, 8]


async def test_whoever_leaves_waits_for_the_commit_under_way_and_then_commits_the_rest() -> None:
    kept = Kept()
    await kept.keep(5)
    kept.engine.next_offset = 9
    leaving = asyncio.create_task(kept.keeper.leave_behind([AT], cast(GroupConsumer, kept.group)))
    await asyncio.sleep(0.01)
    assert kept.group.asked == [5]
    kept.answer()
    await asyncio.sleep(0.01)
    assert kept.group.asked == [5, 9]
    kept.answer()
    await leaving


@pytest.mark.parametrize("is_leaving", [False, True])
async def test_a_commit_that_the_group_refused_is_told_with_the_next_word(is_leaving: bool) -> None:
    kept = Kept()
    await kept.keep(5)
    kept.answer(MembershipLost("moved on"))
    await asyncio.sleep(0)
    group = cast(GroupConsumer, kept.group)
    with pytest.raises(MembershipLost, match="moved on"):
        await (kept.keeper.leave_behind([AT], group) if is_leaving else kept.keeper.keep(group))
    assert kept.group.asked == [5]


async def test_partitions_that_are_held_no_more_hear_nothing_of_the_commit_under_way() -> None:
    kept = Kept()
    await kept.keep(5)
    kept.keeper.forget([AT])
    await asyncio.sleep(0)
    assert kept.group.answers[0].cancelled()
    kept.keeper.begin(AT)
    await kept.keep(6)
    assert kept.group.asked == [5, 6]
