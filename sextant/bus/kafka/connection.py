"""What every client of one bus shares: the address, who it says it is, its name in tools, and how long it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from aiokafka.errors import KafkaError

from sextant.bus.errors import BusUnavailable
from sextant.bus.kafka.compression import use_compression
from sextant.bus.kafka.security import OPEN, Security
from sextant.bus.kafka.sockets import use_sockets

use_compression()
use_sockets()

#: The largest record and request. A raw frame may be 20 MB; the broker's own limit on a request is 100 MB.
MAX_REQUEST_BYTES: Final = 32 * 1024 * 1024
#: How long one request may go unanswered before it is tried again, ms.
_REQUEST_TIMEOUT_MS: Final = 10_000
#: How long the broker may hold a fetch open, ms. Data ends the wait at once (fetch_min_bytes is 1); a pause, a seek or a stop cannot.
_FETCH_WAIT_MS: Final = 250
_RETRY_BACKOFF_MS: Final = 50
_AGAIN_S: Final = 0.1


class Startable(Protocol):
    """Any client of aiokafka, as far as connecting goes."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


Client = TypeVar("Client", bound=Startable)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the brokers are and how patient the clients are."""

    bootstrap: str
    client_id: str
    session_timeout_ms: int
    delivery_timeout_s: float
    connect_timeout_s: float
    security: Security = OPEN

    def common(self, name: str = "") -> dict[str, Any]:
        """Return the arguments that all clients take; `name` replaces the client id that tools show."""
        return {
            "bootstrap_servers": self.bootstrap,
            "client_id": name or self.client_id,
            "request_timeout_ms": min(_REQUEST_TIMEOUT_MS, int(self.delivery_timeout_s * 1000)),
            "retry_backoff_ms": _RETRY_BACKOFF_MS,
            **self.security.arguments(),
        }

    def reading(self, name: str = "") -> dict[str, Any]:
        """Return the arguments of every consumer: the oldest record first, nothing committed by itself, single records at once."""
        return {
            **self.common(name),
            "auto_offset_reset": "earliest",
            "enable_auto_commit": False,
            "isolation_level": "read_uncommitted",
            "fetch_min_bytes": 1,
            "fetch_max_wait_ms": _FETCH_WAIT_MS,
        }

    async def started(self, make: Callable[[], Client], *, patience_s: float | None = None) -> Client:
        """Return a connected client; try again while insist() does. Raises BusUnavailable with the address."""

        async def attempt() -> Client:
            client = make()
            connected = False
            try:
                await client.start()
                connected = True
            finally:
                if not connected:
                    await client.stop()
            return client

        return await self.insist(attempt, patience_s=patience_s)

    async def insist(
        self, ask: Callable[[], Awaitable[Answer]], *, patience_s: float | None = None
    ) -> Answer:
        """Return the answer; ask again for as long as outputs wait, or for `patience_s`, because brokers restart.

        Raises BusUnavailable. Who reads must not give up sooner than who writes: both wait for the same broker.
        """
        patience_s = self.delivery_timeout_s if patience_s is None else patience_s
        deadline = asyncio.get_running_loop().time() + patience_s
        while True:
            try:
                return await ask()
            except (KafkaError, TimeoutError, OSError) as error:
                if asyncio.get_running_loop().time() >= deadline:
                    raise self.unavailable(repr(error)) from error
            await asyncio.sleep(_AGAIN_S)

    def unavailable(self, reason: str) -> BusUnavailable:
        return BusUnavailable(address=self.bootstrap, reason=reason)
