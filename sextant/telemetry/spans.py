"""Spans as plain values, collected by a sink and exported in batches: as OTLP over HTTP, or as OTLP JSON lines in a file."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from pathlib import Path
from typing import Any, Final, Protocol

from sextant.telemetry.otlp import json_request, protobuf_request
from sextant.telemetry.span import Span


class SpanSink(Protocol):
    """Where spans go. Adding never blocks and never raises."""

    def add(self, span: Span) -> None: ...


class SpanExporter(Protocol):
    """Carries a batch of spans away. Raises OSError (or a subclass) when it could not; the batch is then tried again."""

    async def export(self, spans: list[Span]) -> None: ...

    async def close(self) -> None: ...


class NoSpans:
    """A sink that forgets."""

    def add(self, span: Span) -> None:
        """Forget the span."""


class CollectedSpans:
    """A sink that remembers: for tests and fused runs."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def add(self, span: Span) -> None:
        self.spans.append(span)


class FileExporter:
    """Appends OTLP JSON, one request a line."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path

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


class BatchingSink:
    """A bounded queue in front of an exporter; what does not fit is dropped and counted, never awaited by the record path."""

    CAPACITY: Final = 100_000
    BATCH: Final = 2_000

    def __init__(self, exporter: SpanExporter, *, interval_s: float = 0.5) -> None:
        self._exporter, self._interval_s = exporter, interval_s
        self._queue: deque[Span] = deque()
        self.dropped = 0
        self.exported = 0

    def add(self, span: Span) -> None:
        if len(self._queue) >= self.CAPACITY:
            self.dropped += 1
        else:
            self._queue.append(span)

    async def run(self, stop: asyncio.Event) -> None:
        """Export until `stop`, then once more."""
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), self._interval_s)
            except TimeoutError:
                await self.flush()
        await self.flush()
        await self._exporter.close()

    async def flush(self) -> None:
        """Export what is there; what cannot be exported now stays for the next time."""
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(self.BATCH, len(self._queue)))]
            try:
                await self._exporter.export(batch)
            except OSError:
                self._queue.extendleft(reversed(batch))
                return
            self.exported += len(batch)
