"""A connection of aiokafka that knows when its socket is gone.

On uvloop a write to a transport that is closed already raises RuntimeError, which aiokafka (0.14; its issue 1038) takes for no fault of a
connection: the background task that meets it ends for good, and whoever waits for metadata or for a coordinator then waits for ever, also
after the broker is back. Here it is what it is, a broken connection, and aiokafka opens another.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import aiokafka.conn
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError


class Socket(AIOKafkaConnection):  # type: ignore[misc]  # aiokafka has no types
    """As its base, but for writes to a transport that is closed."""

    def send(self, request: Any, expect_response: bool = True) -> Awaitable[Any]:
        """Write a request and return what its answer is awaited by. Raises KafkaConnectionError at once where nothing can be written."""
        try:
            answer: Awaitable[Any] = super().send(request, expect_response)
        except RuntimeError as error:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"connection to {self.host}:{self.port} is gone: {error}") from error
        return answer


def use_sockets() -> None:
    """Let every client of this process connect by `Socket`: aiokafka takes no class of connection as an argument."""
    aiokafka.conn.AIOKafkaConnection = Socket
