"""Calls over the trading socket end in time, whatever the other side does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sextant.venues.binance.order_stream import TradeSocket


class StuffedSocket:
    """A connection whose other side reads nothing any more."""

    async def send(self, text: str) -> None:
        await asyncio.Event().wait()


async def test_a_call_into_a_stuffed_socket_ends_with_its_timeout() -> None:
    socket: Any = TradeSocket("ws://nowhere", lambda parameters: dict(parameters))
    socket._socket = StuffedSocket()
    async with asyncio.timeout(5):
        with pytest.raises(TimeoutError):
            await socket.call("order.place", {}, 0.05)
    assert socket._waiting == {}, "nothing waits for an answer that nobody will use"
