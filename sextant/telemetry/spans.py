"""Where spans go: sinks that take them, and exporters that carry batches away as OTLP over HTTP or as OTLP JSON lines in a file."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any, Final, Protocol

from sextant.telemetry.otlp import json_request, protobuf_request
from sextant.telemetry.span import Span

_CHUNK: Final = 1 << 16


class SpanSink(Protocol):
    """Where spans go. Adding never blocks and never raises."""

    def add(self, span: Span) -> None: ...

    @property
    def is_pending(self) -> bool:
        """Whether a span that was added would be lost if the process died now."""

    async def settle(self) -> None:
        """Return when everything that was added before has left the process, or when the sink has waited long enough; never raises.

        Whoever commits what a span tells of settles first: a crash before leads to redelivery, and to the same span again.
        """


class SpanExporter(Protocol):
    """Carries a batch of spans away. Raises OSError (or a subclass) when it could not; the batch is then tried again."""

    async def export(self, spans: list[Span]) -> None: ...

    async def close(self) -> None: ...


class NoSpans:
    """A sink that forgets."""

    is_pending = False

    def add(self, span: Span) -> None:
        """Forget the span."""

    async def settle(self) -> None:
        """Nothing waits."""


class CollectedSpans:
    """A sink that remembers: for tests and fused runs."""

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
                if reply.status >= 300:
                    raise OSError(f"{self._url}: status {reply.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OSError(f"{self._url}: {error}") from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


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
