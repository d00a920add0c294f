"""Connections that are gone without a word, on uvloop: the next request opens another, and stopping does not mind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from sextant.bus.kafka import KafkaBus
from sextant.bus.kafka import sockets as sockets_of_the_bus
from sextant.bus.layout import TopicLayout
from sextant.bus.port import TopicPartition
from tests.support.records import Listener, drain, numbers, outgoing, poll_until

_HOUR_MS = 3_600_000


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[AIOKafkaConnection]:
    """Every connection that clients open meanwhile."""
    connections: list[AIOKafkaConnection] = []
    connect = sockets_of_the_bus.Socket.connect

    async def remembered(self: AIOKafkaConnection) -> Any:
        connections.append(self)
        return await connect(self)

    monkeypatch.setattr(sockets_of_the_bus.Socket, "connect", remembered)
    return connections


def cut(connections: list[AIOKafkaConnection]) -> int:
    """Close the transports below all open connections, which are not told before the loop turns; return how many there were."""
    alive = [each._writer.transport for each in connections if each._writer is not None]
    for transport in alive:
        transport.abort()
    return len(alive)


def on_uvloop(scenario: Coroutine[Any, Any, None]) -> None:
    uvloop.run(scenario)


def test_whoever_writes_to_a_gone_socket_is_told_that_the_connection_is_broken(
    kafka_bootstrap: str, opened: list[AIOKafkaConnection]
) -> None:
    async def scenario() -> None:
        bus = await KafkaBus(kafka_bootstrap, client_id="gone").start()
        await bus.create_topics([TopicLayout("gone", 1, _HOUR_MS)])
        (connection, *_) = [each for each in opened if each._writer is not None]
        connection._writer.transport.abort()
        await asyncio.sleep(0)  # the transport is closed, and the task that reads has not been told
        with pytest.raises(KafkaConnectionError):
            await connection.send(MetadataRequest([]))
        assert not connection.connected()
        await bus.stop()

    on_uvloop(scenario())


def test_clients_go_on_when_every_socket_is_cut_again_and_again(
    kafka_bootstrap: str, opened: list[AIOKafkaConnection]
) -> None:
    async def scenario() -> None:
        bus = await KafkaBus(
            kafka_bootstrap, client_id="cut", session_timeout_ms=6_000, delivery_timeout_s=8
        ).start()
        await bus.create_topics([TopicLayout("cut", 1, _HOUR_MS)])
        consumer = await bus.group("cut", ["cut"], Listener(), instance="cut-0")
        await poll_until(lambda: len(consumer.assignment()) == 1, consumer)
        for number in range(8):
            assert cut(opened) >= 2
            if number % 2:
                await asyncio.sleep(0)
            await bus.producer().send([outgoing("cut", 0, number)])
            assert numbers(await drain(consumer, 1)) == [number]
            cut(opened)
            await consumer.commit({TopicPartition("cut", 0): number + 1})
        cut(opened)
        await bus.stop()
        assert not [each for each in opened if each.connected()]

    on_uvloop(scenario())
