"""Where spans go: sinks that take them, and exporters that carry batches away as OTLP over HTTP or as OTLP JSON lines in a file."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any, Final, Protocol

from sextant.core.errors import Refused
from sextant.telemetry.otlp import json_request, protobuf_request
from sextant.telemetry.span import Span

_CHUNK: Final = 1 << 16
#: Answers below 500 that ask to come again: request timeout, too many requests.
_COME_AGAIN: Final = frozenset({408, 429})


class SpanSink(Protocol):
    """Where spans go. Adding never blocks and never raises."""

    def add(self, span: Span) -> None: ...

    @property
    def is_wanted(self) -> bool:
        """Whether spans go anywhere: whoever makes them need not where they do not."""

    @property
    def is_pending(self) -> bool:
        """Whether a span that was added would be lost if the process died now."""

    async def settle(self) -> None:
        """Return when everything that was added before has left the process, or when the sink has waited long enough; never raises.

        Whoever commits what a span tells of settles first: a crash before leads to redelivery, and to the same span again.
        """


class SpansRefused(Refused):
    """The collector will never take this batch: trying again would keep every later span waiting behind it."""


class SpanExporter(Protocol):
    """Carries a batch of spans away.

    Raises OSError (or a subclass) when it could not: the batch is then tried again. Raises SpansRefused when it never will be.
    """

    async def export(self, spans: list[Span]) -> None: ...

    async def close(self) -> None: ...


class NoSpans:
    """A sink that forgets."""

    is_wanted = False
    is_pending = False

    def add(self, span: Span) -> None:
        """Forget the span."""

    async def settle(self) -> None:
        """Nothing waits."""


class CollectedSpans:
    """A sink that remembers: for tests and fused runs."""

    is_wanted = True
    is_pending = False

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def add(self, span: Span) -> None:
        self.spans.append(span)

    async def settle(self) -> None:
        """Nothing waits."""


class FileExporter:
    """Appends OTLP JSON, one request a line. A line that a killed process began is cut off: its spans come again."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        if path.exists():
            _cut_unfinished_line(path)

    async def export(self, spans: list[Span]) -> None:
        line = json.dumps(json_request(spans), separators=(",", ":")) + "\n"
        await asyncio.to_thread(self._append, line)

    def _append(self, line: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line)

    async def close(self) -> None:
        """Nothing is kept open."""


class HttpExporter:
    """Posts OTLP protobuf to `<endpoint>/v1/traces`."""

    def __init__(self, endpoint: str) -> None:
        self._url = endpoint.rstrip("/") + "/v1/traces"
        self._session: Any = None

    async def export(self, spans: list[Span]) -> None:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
        headers = {"Content-Type": "application/x-protobuf"}
        try:
            async with self._session.post(self._url, data=protobuf_request(spans), headers=headers) as reply:
                _judge(self._url, reply.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OSError(f"{self._url}: {error}") from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _judge(url: str, status: int) -> None:
    if status < 300:
        return
    reason = f"{url}: status {status}"
    if status >= 500 or status in _COME_AGAIN:
        raise OSError(reason)
    raise SpansRefused(reason)


def _cut_unfinished_line(path: Path) -> None:
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - _CHUNK)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        file.truncate(end)
