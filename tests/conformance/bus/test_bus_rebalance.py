"""What a consumer group promises when members come, go, or fall silent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from sextant.bus.errors import MembershipLost
from sextant.bus.port import GroupConsumer, Record, TopicPartition
from tests.support.buses import World, member
from tests.support.records import Listener, drain, numbers, outgoing, poll_until


def _shared(*consumers: GroupConsumer, each: int) -> bool:
    return all(len(consumer.assignment()) == each for consumer in consumers)


async def test_two_members_share_the_partitions_and_read_each_record_once(world: World, group: str) -> None:
    topic, bus = await world.topic(4), await world.bus()
    one = await member(world, group, [topic], Listener())
    two = await member(world, group, [topic], Listener())
    await poll_until(lambda: _shared(one, two, each=2), one, two)
    assert not one.assignment() & two.assignment()
    await bus.producer().send([outgoing(topic, number % 4, number) for number in range(40)])
    got = [await drain(consumer, 20) for consumer in (one, two)]
    for consumer, records in zip((one, two), got, strict=True):
        assert {TopicPartition(r.topic, r.partition) for r in records} == consumer.assignment()
    assert sorted(numbers(got[0] + got[1])) == list(range(40))


async def test_a_new_member_gets_partitions_only_after_they_are_drained_and_committed(
    world: World, group: str
) -> None:
    """The old owner works on records when the new member comes: revoked() finishes them and commits, and none is read twice."""
    topic, bus = await world.topic(2), await world.bus()
    await bus.producer().send([outgoing(topic, p, number) for number in range(5) for p in (0, 1)])
    order: list[str] = []
    old_listener, new_listener = Listener(), Listener()
    old = await member(world, group, [topic], old_listener)
    assert len(await drain(old, 10)) == 10

    async def finish(partitions: Sequence[TopicPartition]) -> None:
        order.append("revoked begins")
        await asyncio.sleep(0.05)
        await old.commit(dict.fromkeys(partitions, 5))
        order.append("revoked ends")

    async def note(partitions: Sequence[TopicPartition]) -> None:
        order.append("assigned to the new member")

    old_listener.on_revoked, new_listener.on_assigned = finish, note
    new = await member(world, group, [topic], new_listener)
    again = await poll_until(lambda: _shared(old, new, each=1), old, new)
    assert order[:3] == ["revoked begins", "revoked ends", "assigned to the new member"]
    assert again == []
    await bus.producer().send([outgoing(topic, p, 5) for p in (0, 1)])
    assert numbers(await drain(old, 1) + await drain(new, 1)) == [5, 5]


async def test_a_rebalance_waits_for_an_assignment_that_is_being_taken(world: World, group: str) -> None:
    """Rebuilding state outlasts the session: the member stays in, and is told of the revocation only afterwards."""
    topic, listener = await world.topic(2), Listener()
    steps: list[str] = []

    async def rebuild(partitions: Sequence[TopicPartition]) -> None:
        steps.append("assigned begins")
        await asyncio.sleep(1.3 if len(steps) == 1 else 0)
        steps.append("assigned ends")

    async def note(partitions: Sequence[TopicPartition]) -> None:
        steps.append("revoked")

    listener.on_assigned, listener.on_revoked = rebuild, note
    old = await member(world, group, [topic], listener)
    await poll_until(lambda: bool(steps), old)
    new = await member(world, group, [topic], Listener())
    await poll_until(lambda: _shared(old, new, each=1), old, new)
    assert steps == ["assigned begins", "assigned ends", "revoked", "assigned begins", "assigned ends"]


async def test_a_member_keeps_its_partitions_as_far_as_its_share_allows(world: World, group: str) -> None:
    topic = await world.topic(6)
    one = await member(world, group, [topic], Listener())
    await poll_until(lambda: _shared(one, each=6), one)
    two = await member(world, group, [topic], Listener())
    await poll_until(lambda: _shared(one, two, each=3), one, two)
    before = one.assignment(), two.assignment()
    three = await member(world, group, [topic], Listener())
    await poll_until(lambda: _shared(one, two, three, each=2), one, two, three)
    assert one.assignment() < before[0]
    assert two.assignment() < before[1]


async def test_more_members_than_partitions_leaves_some_without_and_ready_to_take_over(
    world: World, group: str
) -> None:
    topic, bus = await world.topic(), await world.bus()
    one = await member(world, group, [topic], Listener())
    await poll_until(lambda: _shared(one, each=1), one)
    spare = await member(world, group, [topic], Listener())
    await poll_until(lambda: len(one.assignment()) + len(spare.assignment()) == 1, one, spare)
    owner, other = (one, spare) if one.assignment() else (spare, one)
    await poll_until(lambda: one.is_settled and spare.is_settled, one, spare)
    await owner.stop()
    await bus.producer().send([outgoing(topic, 0, 1)])
    assert numbers(await drain(other, 1)) == [1]


async def test_stop_revokes_lets_commit_and_leaves_at_once(world: World, group: str) -> None:
    topic, bus, listener = await world.topic(2), await world.bus(), Listener()
    await bus.producer().send([outgoing(topic, p, number) for number in range(3) for p in (0, 1)])
    one = await member(world, group, [topic], listener, bus=await world.bus(session_ms=10_000))
    await drain(one, 6)

    async def commit(partitions: Sequence[TopicPartition]) -> None:
        await one.commit(dict.fromkeys(partitions, 2))

    listener.on_revoked = commit
    loop = asyncio.get_running_loop()
    began = loop.time()
    await one.stop()
    assert loop.time() - began < 3
    assert [name for name, _ in listener.calls] == ["assigned", "revoked"]
    await one.stop()
    assert len(listener.calls) == 2
    with pytest.raises(MembershipLost):
        await one.poll(max_records=1, timeout_s=0)
    two = await member(world, group, [topic], Listener())
    began = loop.time()
    assert numbers(await drain(two, 2)) == [2, 2]
    assert loop.time() - began < 5, "the partitions of a member that has left wait for nobody's session"


async def test_stop_ends_a_poll_that_waits(world: World, group: str) -> None:
    topic = await world.topic()
    consumer = await member(world, group, [topic], Listener())
    await poll_until(lambda: _shared(consumer, each=1), consumer)
    polling = asyncio.create_task(consumer.poll(max_records=1, timeout_s=30))
    await asyncio.sleep(0.01)
    await consumer.stop()
    assert await asyncio.wait_for(polling, timeout=1) == {}


async def test_the_bus_stops_what_it_made_inside_a_deadline_also_in_the_middle_of_a_rebalance(
    world: World, group: str
) -> None:
    topic, listener = await world.topic(2), Listener()
    bus = await world.bus()
    consumer = await member(world, group, [topic], listener, bus=bus)
    await bus.broadcast([topic])
    await poll_until(lambda: _shared(consumer, each=2), consumer)
    newcomer = await member(world, group, [topic], Listener())
    await newcomer.poll(max_records=1, timeout_s=0)
    async with asyncio.timeout(5):
        await bus.stop()
        await bus.stop()
    assert not listener.held
    await poll_until(lambda: _shared(newcomer, each=2), newcomer)


async def test_after_a_crash_the_next_member_gets_what_was_not_committed(world: World, group: str) -> None:
    topic, bus = await world.topic(2), await world.bus()
    await bus.producer().send([outgoing(topic, p, number) for number in range(5) for p in (0, 1)])
    first = await member(world, group, [topic], Listener())
    await drain(first, 10)
    await first.commit({TopicPartition(topic, 0): 5, TopicPartition(topic, 1): 2})
    await world.crash(first)
    heir = await member(world, group, [topic], Listener())
    records = await drain(heir, 3)
    assert [(record.partition, record.offset) for record in records] == [(1, 2), (1, 3), (1, 4)]


async def test_a_member_whose_partitions_moved_cannot_commit_for_them(world: World, group: str) -> None:
    topic, bus = await world.topic(2), await world.bus()
    await bus.producer().send([outgoing(topic, p, number) for number in range(5) for p in (0, 1)])
    one = await member(world, group, [topic], Listener())
    await drain(one, 10)
    two = await member(world, group, [topic], Listener())
    await poll_until(lambda: _shared(one, two, each=1), one, two)
    (moved,) = two.assignment()
    with pytest.raises(MembershipLost):
        await one.commit({moved: 5})
    assert await two.committed(moved) is None


async def test_records_go_on_in_order_through_many_rebalances(world: World, group: str) -> None:
    """Each member commits in revoked() what it has read: every record is read exactly once, in order per partition."""
    topic, bus = await world.topic(3), await world.bus()
    read: list[Record] = []

    async def worker(enough: int) -> None:
        listener = Listener()
        consumer = await member(world, group, [topic], listener)
        done: dict[TopicPartition, int] = {}

        async def commit(partitions: Sequence[TopicPartition]) -> None:
            await consumer.commit({at: done[at] for at in partitions if at in done})
            done.clear()

        listener.on_revoked = commit
        while len(read) < enough:
            for at, batch in (await consumer.poll(max_records=5, timeout_s=0.05)).items():
                read.extend(batch)
                done[at] = batch[-1].offset + 1
        await consumer.stop()

    async def write() -> None:
        for number in range(100):
            await bus.producer().send([outgoing(topic, p, number) for p in range(3)])
            await asyncio.sleep(0.01)

    async with asyncio.timeout(20):
        await asyncio.gather(write(), worker(60), worker(150), worker(300))
    for partition in range(3):
        assert numbers([record for record in read if record.partition == partition]) == list(range(100))
