"""A WebSocket client that hands over messages as the socket gives them: all of one read at once, then nothing until the next.

The protocol is `websockets`' own without its queues and tasks: the callback runs inside the event loop's read, so that "the socket is
drained" is known. Frames are cut apart here: whole unmasked text frames, nearly all of a market stream, are handed over directly; every
other frame goes through the protocol. Extensions are off: a compressed stream costs more than it saves.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidURI
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from sextant.core.errors import Retryable
from sextant.venues.text_frames import Cut, cut_texts, header

MAX_MESSAGE_BYTES: Final = 32 * 1024 * 1024
_CLOSE_S: Final = 2.0
_ACCEPTED, _END_OF_HEAD = b"HTTP/1.1 101", b"\r\n\r\n"
#: An answer to a handshake is shorter.
_MOST_HEAD_BYTES: Final = 64 * 1024


class ConnectFailed(Retryable):
    """No WebSocket could be opened."""

    def __init__(self, *, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url, self.reason = url, reason


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a socket ended: the peer's close code where it sent one (1006 where it did not)."""

    code: int
    reason: str


class FrameSocket(asyncio.Protocol):
    """One connection. `on_open` is called before the first message, `on_messages` with all complete messages of a read.

    `cut` is text_frames.cut_texts() or what stands in for it.
    """

    def __init__(
        self,
        protocol: ClientProtocol,
        on_open: Callable[[], None],
        on_messages: Callable[[list[bytes]], None],
        cut: Cut = cut_texts,
    ) -> None:
        self._protocol, self._on_open, self._on_messages = protocol, on_open, on_messages
        self._cut_texts = cut
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._rest = bytearray()
        self._is_cutting = False
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closed: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        #: Monotonic ns of the newest bytes and of the newest message.
        self.heard_ns = self.message_ns = time.monotonic_ns()

    @classmethod
    async def open(
        cls,
        url: str,
        on_open: Callable[[], None],
        on_messages: Callable[[list[bytes]], None],
        *,
        headers: Mapping[str, str] | None = None,
        cut: Cut = cut_texts,
        timeout_s: float = 10.0,
    ) -> FrameSocket:
        """Connect and shake hands. Raises ConnectFailed when that does not succeed in time."""
        loop = asyncio.get_running_loop()
        try:
            protocol = ClientProtocol(parse_uri(url), max_size=MAX_MESSAGE_BYTES)
            address = urlsplit(url)
            is_secure = address.scheme == "wss"
            async with asyncio.timeout(timeout_s):
                _, socket = await loop.create_connection(
                    lambda: cls(protocol, on_open, on_messages, cut),
                    address.hostname or "",
                    address.port or (443 if is_secure else 80),
                    ssl=ssl.create_default_context() if is_secure else None,
                )
                try:
                    await socket._shake_hands(headers or {})
                except BaseException:
                    socket.abort()
                    raise
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI, ValueError, EOFError) as error:
            raise ConnectFailed(
                url=url.partition("?")[0], reason=str(error) or type(error).__name__
            ) from error
        return socket

    async def _shake_hands(self, headers: Mapping[str, str]) -> None:
        request = self._protocol.connect()
        for name, value in headers.items():
            request.headers[name] = value
        self._protocol.send_request(request)
        self._flush()
        await self._opened

    async def wait_closed(self) -> Ended:
        """Return when the connection is gone, whoever ended it."""
        return await asyncio.shield(self._closed)

    @property
    def is_closed(self) -> bool:
        return self._closed.done()

    def ping(self) -> None:
        """Ask the peer for a sign of life; `heard_ns` tells when it came."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_ping(b"")
            self._flush()

    def pause(self) -> None:
        """Read no further: the peer's bytes wait in the operating system."""
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self) -> None:
        if (
            self._transport is not None
            and not self._transport.is_closing()
            and not self._transport.is_reading()
        ):
            self._transport.resume_reading()

    async def close(self) -> Ended:
        """Say goodbye and wait a moment for the answer. Calling twice is safe."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
            self._flush()
            self.resume()
            await asyncio.wait([self._closed], timeout=_CLOSE_S)
        self.abort()
        return await self.wait_closed()

    def abort(self) -> None:
        """End at once."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is none of asyncio's

    def data_received(self, data: bytes) -> None:
        self.heard_ns = time.monotonic_ns()
        messages: list[bytes] = []
        if not self._is_cutting:
            self._answer(data, messages)
        elif self._protocol.state is State.OPEN:
            self._cut(data, messages)
        else:
            self._finish(data)
        self._deliver(messages)

    def eof_received(self) -> bool:
        self._protocol.receive_eof()
        self._flush()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._opened.done():
            self._opened.set_exception(OSError("closed during the handshake"))
        said = self._protocol.close_rcvd
        ended = Ended(said.code, said.reason) if said is not None else Ended(1006, str(exc) if exc else "")
        if not self._closed.done():
            self._closed.set_result(ended)

    def _answer(self, data: bytes, messages: list[bytes]) -> None:
        """Read the answer to the handshake; what follows an acceptance is frames."""
        self._rest += data
        end = self._rest.find(_END_OF_HEAD) + len(_END_OF_HEAD)
        if end < len(_END_OF_HEAD):
            if len(self._rest) > _MOST_HEAD_BYTES:
                self.abort()
            return
        whole = bytes(self._rest)
        self._rest.clear()
        if not whole.startswith(_ACCEPTED):
            self._handle(whole, messages)
            return
        self._handle(whole[:end], messages)
        self._is_cutting = self._protocol.state is State.OPEN
        if self._is_cutting:
            self._cut(whole[end:], messages)

    def _cut(self, data: bytes, messages: list[bytes]) -> None:
        """Take whole frames off what has come; keep the rest for the next read."""
        if self._rest:
            self._rest += data
            data = bytes(self._rest) if self._is_whole(self._rest) else b""
            if not data:
                return
            self._rest.clear()
        at, size = 0, len(data)
        while True:
            if not self._parts:
                at = self._cut_texts(data, at, messages, MAX_MESSAGE_BYTES)
            if size - at < 2:
                break
            length, start = header(data, at)
            end = start + length
            if length > MAX_MESSAGE_BYTES:
                end = size  # the protocol refuses it by its header and closes
            if end > size or start > size:
                break
            self._handle(data[at:end], messages)
            if self._protocol.state is not State.OPEN:
                self._finish(data[end:])
                return
            at = end
        self._rest += data[at:]

    def _finish(self, data: bytes) -> None:
        """Give what comes while the connection closes to the protocol, which waits for the peer's goodbye; nothing of it is a message."""
        rest, self._parts = bytes(self._rest) + data, []
        self._rest.clear()
        self._handle(rest, [])

    def _is_whole(self, rest: bytearray) -> bool:
        """Return whether the first frame of the rest is complete, so that a large one is not copied with every read."""
        if len(rest) < 2:
            return False
        length, start = header(rest, 0)
        return start <= len(rest) and (length > MAX_MESSAGE_BYTES or start + length <= len(rest))

    def _handle(self, data: bytes, messages: list[bytes]) -> None:
        """Give bytes to the protocol: the handshake, control frames, fragments, whatever is not as it should be."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._collect(event, messages)
            elif isinstance(event, Response):
                self._answered()

    def _deliver(self, messages: list[bytes]) -> None:
        self._flush()
        if messages:
            self.message_ns = self.heard_ns
            self._on_messages(messages)
        if (
            self._protocol.close_expected()
            and self._transport is not None
            and not self._transport.is_closing()
        ):
            asyncio.get_running_loop().call_later(_CLOSE_S, self.abort)

    def _answered(self) -> None:
        failure = self._protocol.handshake_exc
        if self._opened.done():
            return
        if failure is not None:
            self._opened.set_exception(failure)
        else:
            self._on_open()
            self._opened.set_result(None)

    def _collect(self, frame: Frame, messages: list[bytes]) -> None:
        """Whole messages in order; a fragmented one when its last part is there."""
        opcode = frame.opcode
        if opcode is Opcode.TEXT or opcode is Opcode.BINARY or opcode is Opcode.CONT:
            if frame.fin and not self._parts:
                messages.append(bytes(frame.data))
                return
            self._parts.append(bytes(frame.data))
            if frame.fin:
                messages.append(b"".join(self._parts))
                self._parts = []

    def _flush(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            self._protocol.data_to_send()
            return
        for data in self._protocol.data_to_send():
            if data:
                transport.write(data)
            elif transport.can_write_eof():
                transport.write_eof()
