"""Decisions lie in the log while what they led to cannot leave; a partition that was halted or fenced takes none."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from services.execution.desks import Desks
from services.execution.intake import DECISIONS, Intake
from services.execution.metrics import ExecutionMetrics
from services.execution.tools import Tools
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import GroupConsumer, Record, TopicPartition
from sextant.core.errors import WriterFenced
from sextant.runtime.stage import Input
from tests.support.resources import make_resources

AT = TopicPartition(DECISIONS, 3)


class Consumer:
    """Remembers what is paused."""

    def __init__(self) -> None:
        self.paused: set[TopicPartition] = set()

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        self.paused.update(partitions)

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        self.paused.difference_update(partitions)


class BusyDesk:
    """A desk with a number of records that wait for the log."""

    def __init__(self) -> None:
        self.waiting, self.is_fenced = 0, False

    def check(self) -> None:
        if self.is_fenced:
            raise WriterFenced(portfolio="main", own_epoch=1, current_epoch=2)

    async def decide(self, record: Input, in_ns: int) -> None:
        raise AssertionError("nothing is read here")


class Scene:
    def __init__(self) -> None:
        resources = make_resources("execution", MemoryBus(MemoryLog()))
        self.health, self.registry = resources.health, resources.metrics
        tools = Tools(
            accounts={},
            clock=resources.clock,
            stamper=resources.stamper,
            spans=resources.spans,
            health=resources.health,
            metrics=ExecutionMetrics(resources.metrics),
            log=resources.log,
        )
        self.desk, self._consumer = BusyDesk(), Consumer()
        desks = cast(Desks, SimpleNamespace(by_partition={AT.partition: self.desk}))
        self.intake = Intake(tools, desks, most_waiting=10)

    async def is_paused(self, records: Sequence[Record] = ()) -> bool:
        """Take a step; return whether the partition stands."""
        await self.intake.take(cast(GroupConsumer, self._consumer), {AT: records} if records else {}, 0)
        return AT in self._consumer.paused


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_a_partition_takes_no_more_decisions_above_the_bound_and_goes_on_at_half_of_it(
    scene: Scene,
) -> None:
    stood = []
    for waiting in (0, 10, 11, 30, 6, 5, 10, 11):
        scene.desk.waiting = waiting
        stood.append(await scene.is_paused())
    assert stood == [False, False, True, True, True, False, False, True]
    assert scene.health.report("outbox")[1]["checks"] == {
        "outbox/3": {"ok": False, "detail": "11 records wait for the log: no decisions are taken"}
    }
    scene.intake.release([AT])
    assert scene.health.report("outbox")[1]["checks"] == {}


async def test_a_fenced_partition_stands_once_and_is_not_resumed_when_its_outbox_empties(
    scene: Scene,
) -> None:
    scene.desk.waiting = 11
    assert await scene.is_paused()
    scene.desk.is_fenced, scene.desk.waiting = True, 0
    assert await scene.is_paused()
    assert await scene.is_paused()
    assert scene.registry.get_sample_value("sextant_execution_fenced_total") == 1
    assert scene.registry.get_sample_value("sextant_halted_partitions", {"stage": "execution"}) == 1
    scene.intake.release([AT])
    assert scene.registry.get_sample_value("sextant_halted_partitions", {"stage": "execution"}) == 0


async def test_a_decision_for_a_partition_without_a_portfolio_halts_it(scene: Scene) -> None:
    stray = TopicPartition(DECISIONS, 4)
    record = Record(DECISIONS, 4, 0, b"x", b"", {}, 0)
    consumer = Consumer()
    assert await scene.intake.take(cast(GroupConsumer, consumer), {stray: [record]}, 0) == {}
    assert consumer.paused == {stray}
    assert "no portfolio lives here" in str(scene.health.report("partition/4")[1])
