"""Ingest as a service: a session per venue, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.ingest.session import VenueSession
from sextant.runtime.health import Health

_BEAT_S = 1.0


class IngestService:
    """Runs all venues. One that cannot be reached keeps trying and holds up no other; a lost log stops all."""

    def __init__(self, sessions: Sequence[VenueSession], health: Health) -> None:
        self.sessions, self._health = sessions, health

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then drain. Raises an ExceptionGroup with what stopped a venue."""
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(self._beat())
            venues = [group.create_task(session.run(stop)) for session in self.sessions]
            await asyncio.wait(venues)
            beating.cancel()

    async def _beat(self) -> None:
        while True:
            self._health.beat()
            await asyncio.sleep(_BEAT_S)
