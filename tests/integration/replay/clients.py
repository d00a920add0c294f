"""Test clients of a replay that run in the test's own event loop."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from simulator.replay.server import ReplayOptions, ReplayServer

KINDS = {"spot": ("depth@100ms", "bookTicker", "trade")}
FUTURES_KINDS = ("depth@0ms", "bookTicker", "trade")
SYMBOLS = {
    "spot": ("btcusdt", "ethusdt"),
    "usdm": ("btcusdt", "ethusdt"),
    "coinm": ("btcusd_perp", "ethusd_perp"),
}
PATHS = {"spot": "/stream", "usdm": "/public/stream", "coinm": "/stream"}


def streams(venue: str) -> list[str]:
    kinds = KINDS.get(venue, FUTURES_KINDS)
    return [f"{symbol}@{kind}" for symbol in SYMBOLS[venue] for kind in kinds]


@dataclass
class Received:
    """What one connection got: texts and their arrival on the monotonic clock, and how it ended."""

    texts: list[str] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    close_code: int | None = None


class Client:
    """Speaks to one running replay."""

    def __init__(self, server: ReplayServer, session: aiohttp.ClientSession) -> None:
        self.server, self._session = server, session

    def url(self, venue: str, path: str) -> str:
        return f"http://127.0.0.1:{self.server.ports[venue]}{path}"

    @asynccontextmanager
    async def socket(
        self, venue: str, path: str, **headers: str
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with self._session.ws_connect(self.url(venue, path), headers=headers, max_msg_size=0) as socket:
            yield socket

    async def read(self, venue: str, path: str, **headers: str) -> Received:
        """Read one socket to its end."""
        received = Received()
        async with self.socket(venue, path, **headers) as socket:
            async for message in socket:
                received.texts.append(message.data)
                received.arrivals.append(time.monotonic())
            received.close_code = socket.close_code
        return received

    async def read_all(self, **headers: str) -> dict[str, Received]:
        """Read every stream of every venue of the recording to its end."""
        venues = list(self.server.ports)
        paths = [f"{PATHS[venue]}?streams={'/'.join(streams(venue))}" for venue in venues]
        tasks = [self.read(venue, path, **headers) for venue, path in zip(venues, paths, strict=True)]
        return dict(zip(venues, await asyncio.gather(*tasks), strict=True))

    async def get(self, venue: str, path: str) -> tuple[int, bytes]:
        async with self._session.get(self.url(venue, path)) as response:
            return response.status, await response.read()

    async def json(self, venue: str, path: str) -> Any:
        return json.loads((await self.get(venue, path))[1])

    async def start(self) -> None:
        venue = next(iter(self.server.ports))
        async with self._session.post(self.url(venue, "/_replay/start")) as response:
            response.raise_for_status()


@asynccontextmanager
async def replay(options: ReplayOptions) -> AsyncIterator[Client]:
    """Run a replay for the time of a test."""
    server = ReplayServer(options)
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Client(server, session)
    finally:
        await server.stop()
