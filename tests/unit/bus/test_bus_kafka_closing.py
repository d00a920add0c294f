"""Ending clients whose sockets are gone: the stop of a process that stood still must not fail, nor leave other connections open."""

from __future__ import annotations

import asyncio
from typing import Any

from sextant.bus.kafka.closing import close_consumer, close_producer


class Connection:
    """As aiokafka's: closing twice is safe; of a gone socket uvloop says so."""

    def __init__(self, *, is_gone: bool = False) -> None:
        self._is_gone = is_gone
        self._reader: object | None = object()
        self._writer: object | None = object()
        self.is_closed = False

    def close(self) -> None:
        if self._reader is not None and self._is_gone:
            raise RuntimeError("unable to perform operation on a closed transport")
        self.is_closed = True


class Client:
    """As aiokafka's consumer, producer and client in one: the first failure leaves the other connections as they are."""

    def __init__(self, *connections: Connection) -> None:
        self._conns = dict(enumerate(connections))
        self._client = self.client = self
        self._sender = self
        self.sender_task: asyncio.Task[None] | None = None
        self._message_accumulator = self
        self.failed: list[Any] = []

    def fail_all(self, error: Exception) -> None:
        self.failed.append(error)

    async def stop(self) -> None:
        await self.close()

    async def close(self) -> None:
        for connection in self._conns.values():
            connection.close()


async def test_every_other_connection_is_closed_where_one_is_gone() -> None:
    for close in (close_consumer, close_producer):
        connections = Connection(), Connection(is_gone=True), Connection()
        await close(Client(*connections), 1.0)
        assert all(connection.is_closed for connection in connections)


async def test_whoever_waits_for_a_batch_of_a_client_that_is_gone_is_told() -> None:
    client = Client(Connection(is_gone=True))
    await close_producer(client, 1.0)
    assert len(client.failed) == 1
