"""What a consumer group promises while its members stay: sharing, order, commits, pauses, offsets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from sextant.bus.errors import MembershipLost
from sextant.bus.port import TopicPartition
from sextant.core.errors import InvalidValue
from tests.support.buses import World, member
from tests.support.records import Listener, drain, numbers, outgoing, poll_until


async def test_a_member_reads_every_partition_in_order_from_the_oldest_record(
    world: World, group: str
) -> None:
    topic, bus = await world.topic(3), await world.bus()
    await bus.producer().send([outgoing(topic, number % 3, number) for number in range(30)])
    consumer = await member(world, group, [topic], Listener())
    records = await drain(consumer, 30)
    await bus.producer().send([outgoing(topic, number % 3, number) for number in range(30, 60)])
    records += await drain(consumer, 30)
    for partition in range(3):
        mine = [record for record in records if record.partition == partition]
        assert numbers(mine) == list(range(partition, 60, 3))
        assert [record.offset for record in mine] == list(range(20))


async def test_a_poll_returns_at_most_what_was_asked_for_and_nothing_is_skipped(
    world: World, group: str
) -> None:
    topic, bus = await world.topic(), await world.bus()
    await bus.producer().send([outgoing(topic, 0, number) for number in range(10)])
    consumer = await member(world, group, [topic], Listener())
    seen: list[int] = []
    async with asyncio.timeout(10):
        while len(seen) < 10:
            batch = (await consumer.poll(max_records=3, timeout_s=1)).get(TopicPartition(topic, 0), ())
            assert len(batch) <= 3
            seen += numbers(batch)
    assert seen == list(range(10))


async def test_a_poll_without_records_ends_at_its_timeout_and_one_with_a_new_record_at_once(
    world: World, group: str
) -> None:
    topic, bus = await world.topic(), await world.bus()
    consumer = await member(world, group, [topic], Listener())
    await poll_until(lambda: bool(consumer.assignment()), consumer)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert not await consumer.poll(max_records=10, timeout_s=0.1)
    assert 0.09 <= loop.time() - began < 1
    waiting = asyncio.create_task(consumer.poll(max_records=10, timeout_s=10))
    await bus.producer().send([outgoing(topic, 0, 7)])
    batches = await asyncio.wait_for(waiting, timeout=2)
    assert numbers(batches[TopicPartition(topic, 0)]) == [7]


async def test_a_cancelled_poll_loses_nothing(world: World, group: str) -> None:
    topic, bus = await world.topic(), await world.bus()
    consumer = await member(world, group, [topic], Listener())
    await poll_until(lambda: bool(consumer.assignment()), consumer)
    seen: list[int] = []
    for number in range(20):
        polling = asyncio.create_task(consumer.poll(max_records=10, timeout_s=5))
        await bus.producer().send([outgoing(topic, 0, number)])
        await asyncio.sleep(0.0005 * (number % 5))
        polling.cancel()
        await asyncio.wait({polling})
        if not polling.cancelled():
            seen += [n for batch in polling.result().values() for n in numbers(batch)]
    seen += numbers(await drain(consumer, 20 - len(seen)))
    assert seen == list(range(20))


async def test_assigned_is_awaited_before_any_record_and_its_offset_is_where_reading_starts(
    world: World, group: str
) -> None:
    topic, bus, listener = await world.topic(2), await world.bus(), Listener()
    await bus.producer().send([outgoing(topic, p, number) for number in range(5) for p in (0, 1)])
    listener.starts = {TopicPartition(topic, 0): 3}
    allow = asyncio.Event()

    async def wait(partitions: Sequence[TopicPartition]) -> None:
        await allow.wait()

    listener.on_assigned = wait
    consumer = await member(world, group, [topic], listener)
    for _ in range(5):
        assert not await consumer.poll(max_records=10, timeout_s=0.1)
    assert not consumer.assignment()
    allow.set()
    records = await drain(consumer, 7)
    assert [r.offset for r in records if r.partition == 0] == [3, 4]
    assert [r.offset for r in records if r.partition == 1] == [0, 1, 2, 3, 4]
    assert consumer.assignment() == listener.held == {TopicPartition(topic, 0), TopicPartition(topic, 1)}


async def test_a_listener_may_ask_the_consumer_for_committed_offsets_while_it_is_assigned(
    world: World, group: str
) -> None:
    topic = await world.topic()
    partition = TopicPartition(topic, 0)
    bus = await world.bus()
    await bus.producer().send([outgoing(topic, 0, number) for number in range(5)])
    first = await member(world, group, [topic], Listener())
    await drain(first, 5)
    assert await first.committed(partition) is None
    await first.commit({partition: 4})
    await first.stop()
    found: dict[TopicPartition, int | None] = {}
    listener = Listener()
    second = await member(world, group, [topic], listener)

    async def look(partitions: Sequence[TopicPartition]) -> None:
        found.update({at: await second.committed(at) for at in partitions})

    listener.on_assigned = look
    assert numbers(await drain(second, 1)) == [4]
    assert found == {partition: 4}


async def test_a_committed_offset_never_goes_back(world: World, group: str) -> None:
    topic, bus = await world.topic(), await world.bus()
    partition = TopicPartition(topic, 0)
    await bus.producer().send([outgoing(topic, 0, number) for number in range(5)])
    consumer = await member(world, group, [topic], Listener())
    await drain(consumer, 5)
    for offset, expected in ((2, 2), (5, 5), (3, 5), (5, 5)):
        await consumer.commit({partition: offset})
        assert await consumer.committed(partition) == expected


async def test_a_paused_partition_returns_nothing_keeps_its_member_and_resumes_without_loss(
    world: World, group: str
) -> None:
    topic, bus, listener = await world.topic(2), await world.bus(), Listener()
    still, moving = TopicPartition(topic, 0), TopicPartition(topic, 1)
    consumer = await member(world, group, [topic], listener)
    await poll_until(lambda: len(consumer.assignment()) == 2, consumer)
    await bus.producer().send([outgoing(topic, p, number) for number in range(5) for p in (0, 1)])
    consumer.pause([still])
    assert {record.partition for record in await drain(consumer, 5)} == {1}
    consumer.pause([moving])
    await bus.producer().send([outgoing(topic, p, number) for number in range(5, 8) for p in (0, 1)])
    # Longer than a session of the suite.
    for _ in range(6):
        assert not await consumer.poll(max_records=100, timeout_s=0.2)
    assert listener.calls == [("assigned", frozenset({still, moving}))]
    consumer.resume([still, moving])
    records = await drain(consumer, 11)
    assert numbers([r for r in records if r.partition == 0]) == list(range(8))
    assert numbers([r for r in records if r.partition == 1]) == [5, 6, 7]


async def test_pausing_what_is_fetched_already_holds_it_back(world: World, group: str) -> None:
    topic, bus = await world.topic(), await world.bus()
    partition = TopicPartition(topic, 0)
    await bus.producer().send([outgoing(topic, 0, number) for number in range(10)])
    consumer = await member(world, group, [topic], Listener())
    first: list[int] = []
    async with asyncio.timeout(10):
        while not first:
            first = numbers((await consumer.poll(max_records=4, timeout_s=1)).get(partition, ()))
    consumer.pause([partition])
    assert not await consumer.poll(max_records=10, timeout_s=0.1)
    consumer.resume([partition])
    assert first + numbers(await drain(consumer, 10 - len(first))) == list(range(10))


async def test_seek_returns_records_from_there_on(world: World, group: str) -> None:
    topic, bus = await world.topic(), await world.bus()
    partition = TopicPartition(topic, 0)
    await bus.producer().send([outgoing(topic, 0, number) for number in range(6)])
    consumer = await member(world, group, [topic], Listener())
    assert numbers(await drain(consumer, 6)) == list(range(6))
    consumer.seek(partition, 2)
    assert numbers(await drain(consumer, 4)) == [2, 3, 4, 5]
    with pytest.raises(MembershipLost):
        consumer.seek(TopicPartition(topic, 1), 0)


async def test_high_water_is_the_offset_after_the_last_record(world: World, group: str) -> None:
    topic, bus = await world.topic(2), await world.bus()
    await bus.producer().send([outgoing(topic, 1, number) for number in range(4)])
    consumer = await member(world, group, [topic], Listener())
    zero, one = TopicPartition(topic, 0), TopicPartition(topic, 1)
    assert await consumer.high_water([zero, one]) == {zero: 0, one: 4}


async def test_groups_do_not_see_each_other(world: World, group: str) -> None:
    topic, bus = await world.topic(), await world.bus()
    await bus.producer().send([outgoing(topic, 0, number) for number in range(3)])
    for name in (group, f"{group}-other"):
        consumer = await member(world, name, [topic], Listener())
        assert numbers(await drain(consumer, 3)) == [0, 1, 2]
        await consumer.commit({TopicPartition(topic, 0): 3})


async def test_a_group_may_read_several_topics(world: World, group: str) -> None:
    one, two, bus = await world.topic(), await world.topic(2), await world.bus()
    await bus.producer().send([outgoing(one, 0, 1), outgoing(two, 0, 2), outgoing(two, 1, 3)])
    consumer = await member(world, group, [one, two], Listener())
    assert sorted(numbers(await drain(consumer, 3))) == [1, 2, 3]
    assert len(consumer.assignment()) == 3


async def test_a_group_of_an_unknown_topic_is_refused(world: World, group: str) -> None:
    with pytest.raises(InvalidValue, match="nowhere"):
        await member(world, group, ["nowhere"], Listener())


@pytest.mark.parametrize("moment", ["assigned", "revoked"])
async def test_what_a_listener_raises_comes_out_of_poll(world: World, group: str, moment: str) -> None:
    topic, listener = await world.topic(), Listener()

    async def fail(partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        raise ArithmeticError(moment)

    setattr(listener, f"on_{moment}", fail)
    consumer = await member(world, group, [topic], listener)
    others = []
    if moment == "revoked":
        await poll_until(lambda: bool(consumer.assignment()), consumer)
        others.append(await member(world, group, [topic], Listener()))
    with pytest.raises(ArithmeticError, match=moment):
        await poll_until(lambda: False, consumer, *others)
    with pytest.raises(ArithmeticError, match=moment):
        await consumer.poll(max_records=1, timeout_s=0)
    await consumer.stop()


async def test_what_a_listener_raises_at_the_end_comes_out_of_stop(world: World, group: str) -> None:
    topic, listener = await world.topic(), Listener()

    async def fail(partitions: Sequence[TopicPartition]) -> None:
        raise ArithmeticError("at the end")

    listener.on_revoked = fail
    consumer = await member(world, group, [topic], listener)
    await poll_until(lambda: bool(consumer.assignment()), consumer)
    with pytest.raises(ArithmeticError, match="at the end"):
        await consumer.stop()
    await consumer.stop()
