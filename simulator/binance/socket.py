"""One WebSocket connection of a client: bounded sending, pings, inbound rate and lifetime."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from aiohttp import WSMsgType, web


@dataclass(frozen=True, slots=True)
class SocketSettings:
    """What a venue grants a connection. Zero messages per second means no limit."""

    queued_frames: int = 5000
    messages_per_second: int = 5
    ping_interval_s: float = 20.0
    pong_timeout_s: float = 60.0
    lifetime_s: float = 24 * 3600.0
    streams: int = 1024

    def without_message_limit(self) -> "SocketSettings":
        """Return the same for the WebSocket API, which counts request weights instead of messages."""
        return replace(self, messages_per_second=0)


class Socket:
    """Sends without blocking: a client that does not keep up is disconnected, never buffered without bound."""

    def __init__(
        self, response: web.WebSocketResponse, request: web.Request, settings: SocketSettings
    ) -> None:
        self._response = response
        self._transport = request.transport
        self.address = request.remote or ""
        self.settings = settings
        self.frames_sent = 0
        self._queue: deque[tuple[WSMsgType, bytes]] = deque()
        self._wake = asyncio.Event()
        self._closing: tuple[int, bytes] | None = None
        self._loop = asyncio.get_running_loop()
        self.opened_at = self._loop.time()
        self._last_ping = self.opened_at
        self._awaits_pong_since: float | None = None
        self._inbound_second = 0
        self._inbound = 0

    def send(self, frame: bytes) -> None:
        """Queue a text frame; a full queue ends the connection."""
        if len(self._queue) >= self.settings.queued_frames:
            self.abort()
            return
        self._queue.append((WSMsgType.TEXT, frame))
        self._wake.set()

    def close(self, code: int, reason: str) -> None:
        """Close in an orderly way after what is queued."""
        self._closing = (code, reason.encode())
        self._wake.set()

    def abort(self) -> None:
        """Cut the connection at once, without a closing handshake."""
        self._queue.clear()
        if self._transport is not None:
            self._transport.abort()

    async def serve(self, on_text: Callable[[str], None]) -> None:
        """Read until the connection ends, handing each text on."""
        writer = asyncio.create_task(self._write())
        try:
            async for message in self._response:
                if message.type is WSMsgType.PONG:
                    self._awaits_pong_since = None
                elif message.type is WSMsgType.PING:
                    self._queue.append((WSMsgType.PONG, message.data))
                    self._wake.set()
                if not self._may_speak():
                    self.close(1008, "Too many requests")
                elif message.type is WSMsgType.TEXT:
                    on_text(message.data)
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    def tend(self) -> None:
        """Ping when it is time, and close what does not answer or has lived too long; call about once a second."""
        now = self._loop.time()
        if now - self.opened_at >= self.settings.lifetime_s:
            self.close(1001, "Connection lifetime is over")
            return
        waiting_since = self._awaits_pong_since
        if waiting_since is not None and now - waiting_since > self.settings.pong_timeout_s:
            self.close(1008, "Pong timeout")
        elif now - self._last_ping >= self.settings.ping_interval_s:
            self._last_ping = now
            self._awaits_pong_since = now if waiting_since is None else waiting_since
            self._queue.append((WSMsgType.PING, str(int(now * 1000)).encode()))
            self._wake.set()

    def _may_speak(self) -> bool:
        if not self.settings.messages_per_second:
            return True
        second = int(self._loop.time())
        if second != self._inbound_second:
            self._inbound_second, self._inbound = second, 0
        self._inbound += 1
        return self._inbound <= self.settings.messages_per_second

    async def _write(self) -> None:
        try:
            while True:
                while self._queue:
                    kind, frame = self._queue.popleft()
                    await self._response.send_frame(frame, kind)
                    self.frames_sent += 1
                if self._closing is not None:
                    code, reason = self._closing
                    await self._response.close(code=code, message=reason)
                    return
                self._wake.clear()
                await self._wake.wait()
        except ConnectionError:
            self.abort()
