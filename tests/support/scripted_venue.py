"""A venue on a loopback socket that says exactly what a test tells it to, garbage included."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

NOW_MS = 1_700_000_000_000
FILTERS = [
    {"filterType": "PRICE_FILTER", "tickSize": "0.01000000"},
    {"filterType": "LOT_SIZE", "stepSize": "0.00001000"},
    {"filterType": "NOTIONAL", "minNotional": "5.00000000"},
]


class ScriptedVenue:
    """Spot venue with BTC/USDT. `say` sends raw bytes as a text frame to the newest socket."""

    def __init__(self) -> None:
        self.port = 0
        self.update = 100
        self.connects = 0
        self.refuse_rest = 0
        self.socket: web.WebSocketResponse | None = None
        self.transport: asyncio.Transport | None = None
        self.headers: list[dict[str, str]] = []
        self.depth_calls = 0

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def say(self, raw: bytes) -> None:
        assert self.socket is not None
        # Sent below aiohttp's own checks: a text frame may hold any bytes here.
        await self.socket._writer.send_frame(raw, 1)  # type: ignore[union-attr]

    def change(self, step: int = 1, bid: str = "100.00") -> bytes:
        """The next depth event; a step above 1 leaves a gap."""
        first = self.update + step
        self.update = first
        data = {
            "e": "depthUpdate",
            "E": NOW_MS,
            "s": "BTCUSDT",
            "U": first,
            "u": first,
            "b": [[bid, "1"]],
            "a": [],
        }
        return self.wrap("depth@100ms", data)

    def trade(self, number: int) -> bytes:
        data = {
            "e": "trade",
            "E": NOW_MS,
            "T": NOW_MS,
            "s": "BTCUSDT",
            "t": number,
            "p": "100.5",
            "q": "1",
            "m": True,
        }
        return self.wrap("trade", data)

    def wrap(self, stream: str, data: dict[str, Any]) -> bytes:
        return json.dumps({"stream": f"btcusdt@{stream}", "data": data}).encode()

    async def drop(self) -> None:
        """Cut the connection without a word."""
        assert self.transport is not None
        self.transport.abort()

    def fall_silent(self) -> None:
        """Read nothing and answer nothing, not even pings, while the socket stays open."""
        assert self.transport is not None
        self.transport.pause_reading()

    def application(self) -> web.Application:
        application = web.Application()
        router = application.router
        router.add_get("/api/v3/exchangeInfo", self._info)
        router.add_get("/api/v3/depth", self._depth)
        router.add_get("/api/v3/time", self._time)
        router.add_get("/api/v3/klines", self._klines)
        router.add_get("/stream", self._stream)
        return application

    async def _info(self, _request: web.Request) -> web.Response:
        if self.refuse_rest:
            self.refuse_rest -= 1
            return web.json_response(
                {"code": -1003, "msg": "Too many"}, status=429, headers={"Retry-After": "1"}
            )
        symbol = {
            "symbol": "BTCUSDT",
            "status": "TRADING",
            "baseAsset": "BTC",
            "quoteAsset": "USDT",
            "filters": FILTERS,
        }
        return web.json_response({"symbols": [symbol]})

    async def _depth(self, _request: web.Request) -> web.Response:
        self.depth_calls += 1
        levels = {"bids": [["99.00", "1.0"]], "asks": [["101.00", "2.0"]]}
        return web.json_response({"lastUpdateId": self.update, **levels})

    async def _time(self, _request: web.Request) -> web.Response:
        return web.json_response({"serverTime": NOW_MS})

    async def _klines(self, _request: web.Request) -> web.Response:
        row = ["100.00", "101.00", "99.00", "100.50", "12.5"]
        rows = [
            [at, *row, at + 999, "0", 1, "0", "0", "0"] for at in range(NOW_MS - 3000, NOW_MS - 1000, 1000)
        ]
        return web.json_response(rows)

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, max_msg_size=0)
        await socket.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        self.socket, self.transport = socket, request.transport
        self.headers.append(dict(request.headers))
        self.connects += 1
        async for _ in socket:
            pass
        return socket


@asynccontextmanager
async def scripted_venue() -> AsyncIterator[ScriptedVenue]:
    venue = ScriptedVenue()
    runner = web.AppRunner(venue.application(), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    venue.port = runner.addresses[0][1]
    try:
        yield venue
    finally:
        await runner.cleanup()
