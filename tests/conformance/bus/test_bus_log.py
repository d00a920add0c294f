"""What the log promises to those who write and read it without a group."""

from __future__ import annotations

import asyncio

import pytest

from sextant.bus.layout import TopicLayout
from sextant.bus.port import Outgoing, Position, TopicPartition
from sextant.core.errors import InvalidValue, SettingsInvalid
from tests.support.buses import World
from tests.support.records import drain_broadcast, numbers, outgoing


async def test_an_acknowledged_record_is_readable_at_the_returned_position(world: World) -> None:
    topic, bus = await world.topic(2), await world.bus()
    sent = [outgoing(topic, number % 2, number) for number in range(10)]
    positions = await bus.producer().send(sent)
    assert positions == [Position(topic, number % 2, number // 2) for number in range(10)]
    for partition in range(2):
        records = await bus.read(TopicPartition(topic, partition))
        assert [record.position for record in records] == [p for p in positions if p.partition == partition]
        assert numbers(records) == list(range(partition, 10, 2))


async def test_positions_continue_over_calls_and_processes(world: World) -> None:
    topic = await world.topic()
    for expected in range(3):
        bus = await world.bus()
        assert await bus.producer().send([outgoing(topic, 0, expected)]) == [Position(topic, 0, expected)]


async def test_sending_nothing_returns_nothing(world: World) -> None:
    assert await (await world.bus()).producer().send([]) == []


async def test_concurrent_calls_of_one_producer_keep_the_order_of_the_calls(world: World) -> None:
    topic, bus = await world.topic(2), await world.bus()
    producer = bus.producer()
    calls = [
        producer.send([outgoing(topic, p, 2 * call), outgoing(topic, p, 2 * call + 1)])
        for call in range(50)
        for p in (0, 1)
    ]
    await asyncio.gather(*calls)
    for partition in range(2):
        assert numbers(await bus.read(TopicPartition(topic, partition))) == list(range(100))


async def test_two_producers_interleave_but_each_keeps_its_order(world: World) -> None:
    topic, one, other = await world.topic(), await world.bus(), await world.bus()

    async def write(name: str, bus_number: int) -> None:
        producer = (one, other)[bus_number].producer()
        for number in range(20):
            await producer.send([outgoing(topic, 0, number, key=name)])

    await asyncio.gather(write("one", 0), write("other", 1))
    records = await one.read(TopicPartition(topic, 0))
    assert [record.offset for record in records] == list(range(40))
    for name in (b"one", b"other"):
        assert numbers([record for record in records if record.key == name]) == list(range(20))


async def test_key_headers_timestamp_and_bytes_come_back_as_they_were(world: World) -> None:
    topic, bus = await world.topic(), await world.bus()
    headers = {"identity": bytes(range(256)), "empty": b"", "größe": b"1"}
    await bus.producer().send(
        [Outgoing(topic, 0, b"\x00key\xff", b"\x00\xff" * 1000, headers, timestamp_ms=1_723_075_200_123)]
    )
    (record,) = await bus.read(TopicPartition(topic, 0))
    assert (record.key, record.value, record.headers) == (b"\x00key\xff", b"\x00\xff" * 1000, headers)
    assert record.timestamp_ms == 1_723_075_200_123


async def test_a_tombstone_is_not_an_empty_value(world: World) -> None:
    topic, bus = await world.topic(compacted=True), await world.bus()
    await bus.producer().send([Outgoing(topic, 0, b"gone", None), Outgoing(topic, 0, b"empty", b"")])
    assert [record.value for record in await bus.read(TopicPartition(topic, 0))] == [None, b""]


async def test_a_large_record_passes_whole(world: World) -> None:
    topic, bus = await world.topic(), await world.bus()
    frame = bytes(range(256)) * 4096 * 20
    await bus.producer().send([Outgoing(topic, 0, b"frame", frame)])
    (record,) = await bus.read(TopicPartition(topic, 0))
    assert record.value == frame


async def test_many_records_of_one_call_arrive_in_order(world: World) -> None:
    topic, bus = await world.topic(), await world.bus()
    positions = await bus.producer().send(
        [Outgoing(topic, 0, b"k", b"%d" % number * 200) for number in range(5_000)]
    )
    assert [position.offset for position in positions] == list(range(5_000))
    records = await bus.read(TopicPartition(topic, 0))
    assert [record.value for record in records] == [b"%d" % number * 200 for number in range(5_000)]


@pytest.mark.parametrize("place", [("missing", 0), ("", 2), ("", -1)])
async def test_an_unknown_place_is_refused_and_nothing_of_the_call_is_written(
    world: World, place: tuple[str, int]
) -> None:
    topic, bus = await world.topic(2), await world.bus()
    wrong = outgoing(place[0] or topic, place[1], 2)
    with pytest.raises(InvalidValue):
        await bus.producer().send([outgoing(topic, 0, 1), wrong])
    assert await bus.end_offsets(topic) == {TopicPartition(topic, 0): 0, TopicPartition(topic, 1): 0}


async def test_reading_ends_at_the_high_water_mark_of_its_moment(world: World) -> None:
    topic, bus, writer = await world.topic(), await world.bus(), await world.bus()
    await bus.producer().send([outgoing(topic, 0, number) for number in range(20)])
    is_writing = True

    async def write() -> None:
        while is_writing:
            await writer.producer().send([outgoing(topic, 0, -1)])
            await asyncio.sleep(0)

    writing = asyncio.create_task(write())
    records = await asyncio.wait_for(bus.read(TopicPartition(topic, 0)), timeout=5)
    is_writing = False
    await writing
    end = (await bus.end_offsets(topic))[TopicPartition(topic, 0)]
    assert [record.offset for record in records] == list(range(len(records)))
    assert 20 <= len(records) <= end


async def test_reading_starts_where_asked_and_past_the_end_is_nothing(world: World) -> None:
    topic, bus = await world.topic(), await world.bus()
    partition = TopicPartition(topic, 0)
    assert list(await bus.read(partition)) == []
    await bus.producer().send([outgoing(topic, 0, number) for number in range(5)])
    assert numbers(await bus.read(partition, 3)) == [3, 4]
    assert numbers(await bus.read(partition, 1, 3)) == [1, 2]
    assert numbers(await bus.read(partition, None, 99)) == [0, 1, 2, 3, 4]
    assert list(await bus.read(partition, 3, 3)) == []
    assert list(await bus.read(partition, 5)) == []
    assert list(await bus.read(partition, 99)) == []


async def test_deleted_records_are_gone_and_offsets_stay(world: World) -> None:
    topic, bus = await world.topic(), await world.bus()
    partition = TopicPartition(topic, 0)
    await bus.producer().send([outgoing(topic, 0, number) for number in range(5)])
    await bus.delete_before({partition: 3})
    assert numbers(await bus.read(partition)) == [3, 4]
    assert numbers(await bus.read(partition, 1)) == [3, 4]
    await bus.delete_before({partition: 5})
    assert list(await bus.read(partition)) == []
    assert await bus.end_offsets(topic) == {partition: 5}
    assert await bus.producer().send([outgoing(topic, 0, 5)]) == [Position(topic, 0, 5)]


async def test_broadcast_returns_everything_from_the_beginning_and_then_what_comes(world: World) -> None:
    topic, other, bus = await world.topic(3), await world.topic(), await world.bus()
    await bus.producer().send(
        [outgoing(topic, number % 3, number) for number in range(30)] + [outgoing(other, 0, 100)]
    )
    readers = [await (await world.bus()).broadcast([topic, other]) for _ in range(2)]
    for reader in readers:
        records = await drain_broadcast(reader, 31)
        for partition in range(3):
            assert numbers([r for r in records if (r.topic, r.partition) == (topic, partition)]) == list(
                range(partition, 30, 3)
            )
    await bus.producer().send([outgoing(topic, 1, 99)])
    for reader in readers:
        assert numbers(await drain_broadcast(reader, 1)) == [99]


async def test_broadcast_is_ready_exactly_at_the_high_water_mark_of_its_start(world: World) -> None:
    topic, bus = await world.topic(2), await world.bus()
    await bus.producer().send(
        [outgoing(topic, partition, number) for number in range(5) for partition in (0, 1)]
    )
    reader = await bus.broadcast([topic])
    await bus.producer().send([outgoing(topic, 0, 5)])
    marks, seen = {0: 5, 1: 5}, {0: 0, 1: 0}
    assert not reader.is_ready
    async with asyncio.timeout(10):
        while not reader.is_ready:
            for record in await reader.poll(max_records=3, timeout_s=1):
                seen[record.partition] = record.offset + 1
            assert reader.is_ready == all(seen[partition] >= mark for partition, mark in marks.items())


async def test_broadcast_of_nothing_is_ready_at_once(world: World) -> None:
    empty, bus = await world.topic(3), await world.bus()
    emptied = await world.topic()
    await bus.producer().send([outgoing(emptied, 0, 1)])
    await bus.delete_before({TopicPartition(emptied, 0): 1})
    reader = await bus.broadcast([empty, emptied])
    assert reader.is_ready
    assert list(await reader.poll(max_records=10, timeout_s=0)) == []


async def test_broadcast_from_the_end_returns_only_what_comes_from_now_on(world: World) -> None:
    topic, bus = await world.topic(2), await world.bus()
    await bus.producer().send([outgoing(topic, partition, 1) for partition in (0, 1)])
    reader = await bus.broadcast([topic], from_end=True)
    assert reader.is_ready
    await bus.producer().send([outgoing(topic, partition, 2) for partition in (0, 1)])
    assert numbers(await drain_broadcast(reader, 2)) == [2, 2]


async def test_topics_are_created_once_by_several_at_a_time(world: World) -> None:
    buses = [await world.bus() for _ in range(3)]
    name = await world.topic(2)
    layouts = [TopicLayout(f"{name}-more-{number}", number) for number in (1, 2)]
    await asyncio.gather(*(bus.create_topics(layouts) for bus in buses))
    assert len(await buses[0].end_offsets(f"{name}-more-2")) == 2


async def test_another_number_of_partitions_is_an_error_that_names_topic_and_numbers(world: World) -> None:
    topic, bus = await world.topic(2), await world.bus()
    with pytest.raises(SettingsInvalid, match=f"topic {topic}: expected 3 partitions, found 2"):
        await bus.create_topics([TopicLayout(topic, 3)])


async def test_reading_an_unknown_topic_names_it(world: World) -> None:
    bus = await world.bus()
    with pytest.raises(InvalidValue, match="nowhere"):
        await bus.read(TopicPartition("nowhere", 0))
    with pytest.raises(InvalidValue, match="nowhere"):
        await bus.broadcast(["nowhere"])
    with pytest.raises(InvalidValue, match="nowhere"):
        await bus.end_offsets("nowhere")
