"""One WebSocket API connection: signed calls by id, the user stream beside them, reconnects with capped jittered backoff."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from sextant.core.errors import InvalidValue
from sextant.venues.binance.order_messages import parse_execution_report
from sextant.venues.port import Connected, Disconnected, StreamEvent

_OPEN_TIMEOUT_S: Final = 5.0
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 15.0
#: Reports that wait to be read. A reader that is further behind gets a new connection, and with it the advice to compare the account.
MOST_WAITING: Final = 10_000
_ENDS: Final = frozenset({"serverShutdown", "eventStreamTerminated"})
Sign = Callable[[Mapping[str, str]], dict[str, str | int]]
Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SocketReply:
    """An answer of the WebSocket API: `status` as in HTTP, `body` the result or the error."""

    status: int
    body: Any


class StreamBroken(Exception):
    """The connection ended, or was not there."""


class TradeSocket:
    """A connection that keeps itself. `sign` adds key, time and signature to the parameters of a call."""

    def __init__(self, url: str, sign: Sign, *, random_: random.Random | None = None) -> None:
        self._url, self._sign = url, sign
        self._random = random_ or random.Random()
        self._socket: ClientConnection | None = None
        self._waiting: dict[str, asyncio.Future[SocketReply]] = {}
        self._ids = itertools.count(1)

    @property
    def is_connected(self) -> bool:
        """Whether calls can be made and the user stream is subscribed."""
        return self._socket is not None

    async def call(self, method: str, parameters: Mapping[str, str], timeout_s: float) -> SocketReply:
        """Make a signed call. Raises StreamBroken when nothing was sent or the connection ended, TimeoutError when no answer came."""
        if self._socket is None:
            raise StreamBroken("not connected")
        return await self._call(self._socket, method, parameters, timeout_s)

    async def events(self) -> AsyncIterator[StreamEvent]:
        """Connect, subscribe and yield the user stream, for ever. Only one iteration at a time."""
        failures = 0
        while True:
            reason = ""
            try:
                async with connect(
                    self._url, open_timeout=_OPEN_TIMEOUT_S, max_size=2**22, ping_interval=20, ping_timeout=20
                ) as socket:
                    async for event in self._follow(socket):
                        failures = 0
                        yield event
            except (OSError, TimeoutError, WebSocketException, StreamBroken, InvalidValue) as error:
                reason = f"{type(error).__name__}: {error}"
            finally:
                self._drop(reason)
            yield Disconnected(reason)
            pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(failures, 10))
            failures += 1
            await asyncio.sleep(pause * self._random.uniform(0.5, 1.0))

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def _follow(self, socket: ClientConnection) -> AsyncIterator[StreamEvent]:
        inbox: asyncio.Queue[Event | StreamBroken] = asyncio.Queue(MOST_WAITING + 1)  # one place for the end
        reader = asyncio.create_task(self._read(socket, inbox), name="user stream reader")
        try:
            reply = await self._call(socket, "userDataStream.subscribe.signature", {}, _OPEN_TIMEOUT_S)
            if reply.status != 200:
                raise StreamBroken(f"subscription refused with status {reply.status}: {reply.body}")
            self._socket = socket
            yield Connected()
            while not isinstance(event := await inbox.get(), StreamBroken):
                kind = event.get("e")
                if kind in _ENDS:
                    raise StreamBroken(str(kind))
                if kind == "executionReport":
                    yield parse_execution_report(event)
            raise event
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def _read(self, socket: ClientConnection, inbox: asyncio.Queue[Event | StreamBroken]) -> None:
        reason = "closed by the venue"
        try:
            async for text in socket:
                self._sort(text, inbox)
        except (WebSocketException, msgspec.DecodeError, StreamBroken) as error:
            reason = str(error) or type(error).__name__
        finally:
            self._drop("connection ended")
            inbox.put_nowait(StreamBroken(reason))

    def _sort(self, text: str | bytes, inbox: asyncio.Queue[Event | StreamBroken]) -> None:
        message = msgspec.json.decode(text)
        if not isinstance(message, dict):
            raise msgspec.DecodeError("expected an object")
        event = message.get("event")
        if isinstance(event, dict):
            if inbox.qsize() >= MOST_WAITING:
                raise StreamBroken(f"{MOST_WAITING} reports wait to be read")
            inbox.put_nowait(event)
            return
        waiting = self._waiting.pop(str(message.get("id")), None)
        if waiting is not None and not waiting.done():
            status = message.get("status")
            body = message.get("result", message.get("error"))
            waiting.set_result(SocketReply(status if isinstance(status, int) else 0, body))

    async def _call(
        self, socket: ClientConnection, method: str, parameters: Mapping[str, str], timeout_s: float
    ) -> SocketReply:
        number = str(next(self._ids))
        future: asyncio.Future[SocketReply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        request = {"id": number, "method": method, "params": self._sign(parameters)}
        try:
            # A venue that reads no more fills the socket: sending, too, may take for ever.
            async with asyncio.timeout(timeout_s):
                await socket.send(msgspec.json.encode(request).decode())
                return await future
        except WebSocketException as error:
            raise StreamBroken(type(error).__name__) from error
        finally:
            self._waiting.pop(number, None)

    def _drop(self, reason: str) -> None:
        self._socket = None
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(StreamBroken(reason))
