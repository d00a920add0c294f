"""Properties of the log in memory under any interleaving of writers and members that come, go and crash."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from sextant.bus.layout import TopicLayout, registry_layouts
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.memory.consumers import MemoryGroupConsumer
from sextant.bus.port import Record, TopicPartition
from sextant.contracts.topics import TOPICS
from tests.support.records import Listener, numbers, outgoing

_PARTITIONS = 3
_MEMBERS = 3

Action = tuple[Literal["write", "poll", "commit", "join", "stop", "crash", "yield"], int]
_actions = st.lists(
    st.tuples(
        st.sampled_from(
            ["write"] * 4 + ["poll"] * 6 + ["yield"] * 4 + ["join"] * 2 + ["commit", "stop", "crash"]
        ),
        st.integers(0, _MEMBERS - 1),
    ),
    min_size=20,
    max_size=80,
)
_crashless = _actions.map(
    lambda actions: [(kind if kind != "crash" else "stop", number) for kind, number in actions]
)


async def _turns(count: int) -> None:
    """Let other tasks run for so many turns of the loop."""
    for _ in range(count):
        await asyncio.sleep(0)


@dataclass
class _Process:
    """A member that commits in revoked() what it has read; `read` are the records of this life, `lost` those that a crash made void."""

    consumer: MemoryGroupConsumer
    listener: Listener
    progress: dict[TopicPartition, int] = field(default_factory=dict)

    async def build(self, partitions: Sequence[TopicPartition]) -> None:
        await _turns(3)

    async def drain(self, partitions: Sequence[TopicPartition]) -> None:
        await _turns(3)
        await self.commit(partitions)

    async def commit(self, partitions: Sequence[TopicPartition]) -> None:
        await self.consumer.commit({at: self.progress.pop(at) for at in partitions if at in self.progress})


class _Run:
    """Performs actions and keeps what was read, and how far the group had committed when somebody read it."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.log.create([TopicLayout("t", _PARTITIONS, 1)])
        self.bus = MemoryBus(self.log)
        self.alive: dict[int, _Process] = {}
        self.read: dict[TopicPartition, list[int]] = {TopicPartition("t", p): [] for p in range(_PARTITIONS)}
        self.written = [0] * _PARTITIONS
        self.crashes = 0

    async def act(self, action: Action) -> None:
        kind, number = action
        if kind == "write":
            partition = number % _PARTITIONS
            await self.bus.producer().send([outgoing("t", partition, self.written[partition])])
            self.written[partition] += 1
        elif kind == "join":
            if number not in self.alive:
                self.alive[number] = await self._member()
        elif kind == "yield":
            await _turns(10 * number + 1)
        elif number in self.alive:
            await self._act_on(kind, number)

    async def _act_on(self, kind: str, number: int) -> None:
        process = self.alive[number]
        if kind == "poll":
            for at, records in (await process.consumer.poll(max_records=2, timeout_s=0)).items():
                self._note(process, at, records)
        elif kind == "commit":
            await process.commit(list(process.consumer.assignment()))
        elif kind == "stop":
            del self.alive[number]
            await process.consumer.stop()
        elif kind == "crash":
            del self.alive[number]
            self.crashes += 1
            process.consumer.expire()

    async def _member(self) -> _Process:
        listener = Listener()
        process = _Process(await self.bus.group("g", ["t"], listener, instance="m"), listener)
        listener.on_assigned, listener.on_revoked = process.build, process.drain
        return process

    def _note(self, process: _Process, at: TopicPartition, records: Sequence[Record]) -> None:
        assert at in process.listener.held, "records of a partition that the listener was not given"
        self.read[at].extend(numbers(records))
        process.progress[at] = records[-1].offset + 1

    async def finish(self) -> None:
        """Read what is left with one more member."""
        for process in self.alive.values():
            await process.consumer.stop()
        last = await self._member()
        for _ in range(30 + 2 * sum(self.written)):
            await _turns(1)
            for at, records in (await last.consumer.poll(max_records=5, timeout_s=0)).items():
                self._note(last, at, records)
        await last.consumer.stop()


def _perform(actions: list[Action]) -> _Run:
    async def perform() -> _Run:
        run = _Run()
        for action in actions:
            await run.act(action)
        await run.finish()
        return run

    return asyncio.run(perform())


@settings(max_examples=150, deadline=None)
@given(actions=_crashless)
def test_members_that_commit_when_they_let_go_read_each_record_once_and_in_order(
    actions: list[Action],
) -> None:
    run = _perform(actions)
    for at, read in run.read.items():
        assert read == list(range(run.written[at.partition]))


@settings(max_examples=150, deadline=None)
@given(actions=_actions)
def test_no_record_is_lost_and_only_a_crash_makes_one_come_twice(actions: list[Action]) -> None:
    run = _perform(actions)
    for at, read in run.read.items():
        assert sorted(set(read)) == list(range(run.written[at.partition]))
        assert all(later <= earlier + 1 for earlier, later in pairwise(read)), "something unread was skipped"
        assert sum(later <= earlier for earlier, later in pairwise(read)) <= run.crashes


@settings(max_examples=60, deadline=None)
@given(actions=_actions)
def test_the_same_actions_read_the_same_records_in_the_same_order(actions: list[Action]) -> None:
    assert _perform(actions).read == _perform(actions).read


@settings(max_examples=60, deadline=None)
@given(
    calls=st.lists(st.lists(st.integers(0, _PARTITIONS - 1), max_size=4), max_size=12),
    reads=st.integers(1, 7),
)
def test_concurrent_calls_keep_their_order_in_every_partition(calls: list[list[int]], reads: int) -> None:
    async def run() -> None:
        log = MemoryLog()
        log.create([TopicLayout("t", _PARTITIONS, 1)])
        producer = MemoryBus(log).producer()
        await asyncio.gather(
            *(producer.send([outgoing("t", p, call) for p in places]) for call, places in enumerate(calls))
        )
        reader = await MemoryBus(log).broadcast(["t"])
        seen: list[Record] = []
        for _ in range(60):
            seen.extend(await reader.poll(max_records=reads, timeout_s=0))
        assert reader.is_ready
        for partition in range(_PARTITIONS):
            expected = [call for call, places in enumerate(calls) for p in places if p == partition]
            assert numbers([record for record in seen if record.partition == partition]) == expected

    asyncio.run(run())


def test_every_topic_of_the_registry_has_one_layout() -> None:
    layouts = registry_layouts()
    assert len({layout.name for layout in layouts}) == len(layouts)
    by_name = {layout.name: layout for layout in layouts}
    assert by_name["market.events.v1"].partitions == 24
    assert by_name["ledger.portfolios.v1"].retention_ms is None
    assert by_name["market.events.v1.triangulation.dlq"].partitions == 1
    stamped = {layout.name for layout in layouts if layout.is_stamped_on_append}
    assert stamped == TOPICS.keys(), (
        "lag is measured on the broker's stamps; a dead letter keeps its record's"
    )


async def test_the_registry_can_be_created_in_memory() -> None:
    bus = await MemoryBus(MemoryLog()).start()
    await bus.ensure_topics()
    await bus.ensure_topics()
    assert len(await bus.end_offsets("strategies.intents.v1")) == 12
