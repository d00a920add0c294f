"""Writing the vectors into the log: at a steady rate until told to stop, or as fast as the log takes them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Final

from proofs.scaling.vectors import INSTRUMENTS, Vectors
from sextant.bus.port import Bus, Outgoing

#: Time between two vectors of an instrument at the steady rate, s: a real one says a vector a second, a pause shows more sharply here.
TICK_S: Final = 0.05
VECTORS_A_SECOND: Final = len(INSTRUMENTS) / TICK_S
_SEND: Final = 2_000


class Feed:
    """What features would write."""

    def __init__(self, bus: Bus, vectors: Vectors) -> None:
        self._producer, self.vectors = bus.producer(), vectors

    @contextlib.asynccontextmanager
    async def steady(self) -> AsyncIterator[None]:
        """Write at the steady rate meanwhile. Raises OutputLost at the end where the log did not take it."""
        stop = asyncio.Event()
        writing = asyncio.create_task(self._write(stop))
        try:
            yield
        finally:
            stop.set()
            await writing

    def make(self, vectors: int) -> list[Outgoing]:
        """Return so many vectors, or the few more that end a tick."""
        return [record for _ in range(-(-vectors // len(INSTRUMENTS))) for record in self.vectors.tick()]

    async def write(self, records: Sequence[Outgoing]) -> None:
        """Write as fast as the log takes them."""
        for start in range(0, len(records), _SEND):
            await self._producer.send(records[start : start + _SEND])

    async def _write(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not stop.is_set():
            await self._producer.send(self.vectors.tick())
            due = max(due + TICK_S, loop.time() - TICK_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), max(0.0, due - loop.time()))
