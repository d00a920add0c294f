"""Keeps one socket open: connects, watches for silence, waits and connects again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from services.ingest.domain.backoff import Backoff
from sextant.core.time import SECOND
from sextant.venues.text_frames import Cut, cut_texts
from sextant.venues.websocket import ConnectFailed, Ended, FrameSocket


class Inlet(Protocol):
    """Where a connection's life and messages go. All calls come from the event loop and must not block."""

    def opened(self, connection: str) -> None: ...

    def received(self, connection: str, messages: list[bytes]) -> None: ...

    def lost(self, connection: str, reason: str) -> None: ...

    def must_reconnect(self, connection: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long silence is borne, s: without a byte until a ping, after it until the socket is dropped, without a message at all.

    `message_s` None: a replay may pause for as long as it likes.
    """

    ping_s: float = 10.0
    pong_s: float = 5.0
    message_s: float | None = 60.0
    check_s: float = 0.5
    #: A connection that lived this long was a good one: the next wait is short again.
    good_s: float = 10.0


class ConnectionKeeper:
    """One named connection to one address. `ends_with_recording`: a normal close by the peer means that there is no more."""

    def __init__(
        self,
        name: str,
        url: str,
        inlet: Inlet,
        log: FilteringBoundLogger,
        *,
        headers: Mapping[str, str] | None = None,
        cut: Cut = cut_texts,
        patience: Patience | None = None,
        backoff: Backoff | None = None,
        ends_with_recording: bool = False,
    ) -> None:
        self.name, self._url, self._inlet = name, url, inlet
        self._log = log.bind(connection=name)
        self._headers, self._cut, self._patience = headers or {}, cut, patience or Patience()
        self._backoff = backoff or Backoff()
        self._ends_with_recording = ends_with_recording
        self._socket: FrameSocket | None = None

    async def run(self) -> None:
        """Keep the connection until cancelled, or until the recording has ended."""
        while True:
            ended = await self._once()
            if ended is not None and self._ends_with_recording and ended.code == 1000:
                self._log.info("recording ended", reason=ended.reason)
                return
            delay = self._backoff.next(random.random())
            self._log.warning("reconnecting", delay_s=round(delay, 2), reason=str(ended))
            await asyncio.sleep(delay)

    def pause(self) -> None:
        if self._socket is not None:
            self._socket.pause()

    def resume(self) -> None:
        if self._socket is not None:
            self._socket.resume()

    async def _once(self) -> Ended | None:
        """Connect and stay until the connection is gone; None when there was none."""
        began = time.monotonic()
        try:
            socket = await FrameSocket.open(
                self._url, self._opened, self._received, headers=self._headers, cut=self._cut
            )
        except ConnectFailed as error:
            self._inlet.lost(self.name, error.reason)
            self._log.warning("cannot connect", reason=error.reason)
            return None
        self._socket = socket
        reason = "stopped"
        try:
            ended = await self._watch(socket)
            reason = f"{ended.code} {ended.reason}".strip()
            return ended
        finally:
            self._socket = None
            self._inlet.lost(self.name, reason)
            await socket.close()
            if time.monotonic() - began >= self._patience.good_s:
                self._backoff.succeeded()

    def _opened(self) -> None:
        self._inlet.opened(self.name)

    def _received(self, messages: list[bytes]) -> None:
        self._inlet.received(self.name, messages)

    async def _watch(self, socket: FrameSocket) -> Ended:
        patience = self._patience
        closed = asyncio.ensure_future(socket.wait_closed())
        pinged_ns = 0
        try:
            while True:
                done, _ = await asyncio.wait([closed], timeout=patience.check_s)
                if done:
                    return closed.result()
                if self._inlet.must_reconnect(self.name):
                    return Ended(1012, "the venue announced a shutdown")
                now = time.monotonic_ns()
                if patience.message_s is not None and now - socket.message_ns > patience.message_s * SECOND:
                    return Ended(1006, f"no message for {patience.message_s} s")
                if now - socket.heard_ns < patience.ping_s * SECOND:
                    pinged_ns = 0
                elif not pinged_ns:
                    pinged_ns = now
                    socket.ping()
                elif now - pinged_ns > patience.pong_s * SECOND:
                    return Ended(1006, f"no answer to a ping for {patience.pong_s} s")
        finally:
            closed.cancel()
