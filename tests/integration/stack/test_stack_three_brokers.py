"""A cluster of three loses one broker without losing a record."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from sextant.stack import Stack
from sextant.stack.errors import StackError

TOPIC = "stack.faults.v1"


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path, services=["kafka"], brokers=3) as stack:
        yield stack
        # Asked politely, the last brokers would wait 5 s for a quorum that is gone.
        for number in (1, 2, 3):
            stack.kill_broker(number)


async def test_a_killed_broker_costs_no_acknowledged_record(three: Stack) -> None:
    bootstrap = three.addresses().bootstrap
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 3, 3)])
    await admin.close()

    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        for number in range(30):
            if number == 10:
                await asyncio.to_thread(three.kill_broker, 2)
            await asyncio.wait_for(producer.send_and_wait(TOPIC, b"%d" % number, partition=number % 3), 60)
    assert [server.name for server in three.status()] == ["kafka-1", "kafka-3"]

    await asyncio.to_thread(three.restart_broker, 2)
    assert three.addresses().bootstrap == bootstrap, "it came back on its own port"
    async with AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        records = [await asyncio.wait_for(consumer.getone(), 30) for _ in range(30)]
    assert sorted(int(record.value) for record in records) == list(range(30))


def test_a_folder_of_three_brokers_is_not_opened_with_one(tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "cluster.json").write_text('{"id": "x", "brokers": 3, "ports": []}')
    with pytest.raises(StackError, match=r"holds the data of 3 broker\(s\), asked for 1"):
        Stack(tmp_path, services=["kafka"]).up()
