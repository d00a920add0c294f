"""A user stream whose reader is too far behind ends, with everything that came before, and begins anew."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.server import ServerConnection, serve

from sextant.venues.binance import order_stream
from sextant.venues.binance.order_stream import TradeSocket
from sextant.venues.port import Connected, Disconnected, OrderReport, StreamEvent

MOST = 5
REPORT = {
    "e": "executionReport", "E": 1, "s": "BTCUSDT", "c": "sx1", "C": "", "S": "BUY", "x": "NEW", "X": "NEW",
    "r": "NONE", "i": 7, "l": "0", "z": "0", "L": "0", "n": "0", "N": None, "T": 1, "t": -1, "m": False,
    "q": "1", "p": "1", "o": "LIMIT", "f": "GTC",
}  # fmt: skip


async def flood(connection: ServerConnection) -> None:
    """Answer the subscription, then say more than anybody reads."""
    request = json.loads(await connection.recv())
    await connection.send(json.dumps({"id": request["id"], "status": 200, "result": {}}))
    for _ in range(4 * MOST):
        await connection.send(json.dumps({"event": REPORT}))
    await connection.wait_closed()


async def test_a_reader_that_is_too_far_behind_is_told_by_a_new_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order_stream, "MOST_WAITING", MOST)
    async with serve(flood, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        stream = TradeSocket(f"ws://127.0.0.1:{port}", lambda parameters: dict(parameters)).events()
        seen: list[StreamEvent] = [await anext(stream)]
        await asyncio.sleep(0.3)  # meanwhile everything arrives, and nobody reads it
        while not isinstance(seen[-1], Disconnected):
            seen.append(await anext(stream))
        again = await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert seen[0] == again == Connected()
    assert [type(event) for event in seen[1:-1]] == [OrderReport] * MOST
    assert seen[-1] == Disconnected(f"StreamBroken: {MOST} reports wait to be read")


async def test_a_connection_that_the_venue_closes_says_so() -> None:
    async def close(connection: ServerConnection) -> None:
        request = json.loads(await connection.recv())
        await connection.send(json.dumps({"id": request["id"], "status": 200, "result": {}}))

    async with serve(close, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        stream = TradeSocket(f"ws://127.0.0.1:{port}", lambda parameters: dict(parameters)).events()
        seen = [await anext(stream), await anext(stream)]
        await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert seen == [Connected(), Disconnected("StreamBroken: closed by the venue")]
