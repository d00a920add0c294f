"""A broker that is killed and comes back on its port: nothing acknowledged is lost, nobody has to reconnect by hand."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from aiokafka.cluster import ClusterMetadata

from sextant.bus.errors import BusUnavailable, MembershipLost, OutputLost
from sextant.bus.kafka import KafkaBus, connection
from sextant.bus.layout import TopicLayout
from sextant.bus.port import Bus, GroupConsumer, Position, TopicPartition
from sextant.stack import Stack
from sextant.stack.ports import free_ports
from tests.support.records import Listener, drain, drain_broadcast, numbers, outgoing, poll_until

_HOUR_MS = 3_600_000
#: Far below the 30 s that outputs wait by default, s.
_SOON_S = 10.0


@pytest.fixture(scope="module")
def own_stack() -> Iterator[Stack]:
    """A broker that only this module uses, because it is killed."""
    with tempfile.TemporaryDirectory(prefix="sextant-outage-") as folder:
        stack = Stack(Path(folder), services=["kafka"], disk_cap_mb=1024)
        stack.up()
        try:
            yield stack
        finally:
            stack.down()


async def _commit(consumer: GroupConsumer, offsets: Mapping[TopicPartition, int]) -> None:
    """Commit; where the session has ended during the outage, join again first."""
    async with asyncio.timeout(30):
        while True:
            try:
                await consumer.commit(offsets)
            except MembershipLost:
                await consumer.poll(max_records=100, timeout_s=0.2)
            else:
                return


async def _gives_up_after_its_deadline(bus: Bus, consumer: GroupConsumer) -> None:
    """With the broker down: an output is lost after the delivery timeout of 2 s, and stopping does not wait for it."""
    began = time.monotonic()
    with pytest.raises(OutputLost, match=r"1 records to hasty/0: no acknowledgement within 2.0 s"):
        await bus.producer().send([outgoing("hasty", 0, 1)])
    assert 1.9 < time.monotonic() - began < _SOON_S
    with pytest.raises(BusUnavailable):
        await consumer.commit({TopicPartition("hasty", 0): 1})
    began = time.monotonic()
    await bus.stop()
    assert time.monotonic() - began < _SOON_S


async def test_clients_outlive_a_killed_broker_and_lose_nothing(own_stack: Stack) -> None:
    bootstrap = own_stack.addresses().bootstrap
    hasty = await KafkaBus(
        bootstrap, client_id="hasty", session_timeout_ms=3_000, delivery_timeout_s=2.0
    ).start()
    bus = await KafkaBus(bootstrap, client_id="survivor", session_timeout_ms=3_000).start()
    await bus.create_topics([TopicLayout("outage", 2, _HOUR_MS), TopicLayout("hasty", 1, _HOUR_MS)])
    impatient = await KafkaBus(bootstrap, client_id="impatient", connect_timeout_s=0.5).start()
    await impatient.end_offsets("outage")
    hasty_consumer = await hasty.group("hasty", ["hasty"], Listener(), instance="hasty-0")
    await hasty.producer().send([outgoing("hasty", 0, 0)])
    assert numbers(await drain(hasty_consumer, 1)) == [0]
    consumer = await bus.group("outage", ["outage"], Listener(), instance="survivor-0")
    reader = await bus.broadcast(["outage"])
    await poll_until(lambda: len(consumer.assignment()) == 2, consumer)
    await bus.producer().send([outgoing("outage", p, 0) for p in (0, 1)])
    assert numbers(await drain(consumer, 2)) == [0, 0]
    assert len(await drain_broadcast(reader, 2)) == 2

    own_stack.kill_broker(1)
    sending = [
        asyncio.create_task(bus.producer().send([outgoing("outage", p, n) for p in (0, 1)]))
        for n in range(1, 6)
    ]
    # A reader is as patient as a writer, however short a start may take.
    reading = asyncio.create_task(impatient.read(TopicPartition("outage", 0), 0, 1))
    for _ in range(3):
        began = time.monotonic()
        assert not await consumer.poll(max_records=10, timeout_s=0.3)
        assert not await reader.poll(max_records=10, timeout_s=0.3)
        assert time.monotonic() - began < _SOON_S
    await _gives_up_after_its_deadline(hasty, hasty_consumer)
    await asyncio.to_thread(own_stack.restart_broker, 1)

    assert [record.offset for record in await reading] == [0]
    await impatient.stop()
    positions = [position for answers in await asyncio.gather(*sending) for position in answers]
    for partition in (0, 1):
        assert [p.offset for p in positions if p.partition == partition] == [1, 2, 3, 4, 5]
    # What was not committed may come again when the session ended meanwhile: compare what is new.
    records = await drain(consumer, 10, timeout_s=30)
    async with asyncio.timeout(30):
        while {(r.partition, r.offset) for r in records} < {(p, n) for p in (0, 1) for n in range(1, 6)}:
            records += await drain(consumer, 1)
    await _commit(consumer, {TopicPartition("outage", 0): 6, TopicPartition("outage", 1): 6})
    assert sorted(numbers(await drain_broadcast(reader, 10, timeout_s=30))) == sorted([1, 2, 3, 4, 5] * 2)
    await bus.stop()


async def test_starting_without_a_broker_names_the_address() -> None:
    bootstrap = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(BusUnavailable, match=bootstrap):
        await KafkaBus(bootstrap, client_id="early", connect_timeout_s=0.3).start()


async def test_the_registry_is_created_once_and_quickly(own_stack: Stack) -> None:
    buses = [
        await KafkaBus(own_stack.addresses().bootstrap, client_id=f"service-{n}").start() for n in range(3)
    ]
    began = time.monotonic()
    await asyncio.gather(*(bus.ensure_topics() for bus in buses))
    print(f"registry created in {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    await buses[0].ensure_topics()
    assert time.monotonic() - began < _SOON_S
    assert len(await buses[1].end_offsets("market.events.v1")) == 24
    assert len(await buses[2].end_offsets("market.events.v1.triangulation.dlq")) == 1
    for bus in buses:
        await bus.stop()


async def test_a_record_waits_for_a_leader_until_the_delivery_timeout_and_not_only_for_a_requests(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that is back names no leader for a moment, and may have been away for longer than any request waits."""
    monkeypatch.setattr(connection, "_REQUEST_TIMEOUT_MS", 500)
    bus = await KafkaBus(kafka_bootstrap, client_id="patient", delivery_timeout_s=20.0).start()
    try:
        await bus.create_topics([TopicLayout("leaderless", 1, _HOUR_MS)])
        with monkeypatch.context() as outage:
            outage.setattr(ClusterMetadata, "leader_for_partition", lambda _self, _partition: -1)
            sending = asyncio.create_task(bus.producer().send([outgoing("leaderless", 0, 1)]))
            await asyncio.wait([sending], timeout=1.5)
            assert not sending.done()
        (position,) = await sending
        assert position == Position("leaderless", 0, 0)
    finally:
        await bus.stop()
