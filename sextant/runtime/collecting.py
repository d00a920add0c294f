"""What lives as long as the process is looked at by no garbage collection: one that looks at all of it stands in the way of a tick for 70 ms."""

from __future__ import annotations

import asyncio
import gc
from typing import Final

from sextant.runtime.health import Health

_STEP_S: Final = 0.1


def keep_for_good() -> None:
    """Collect once, and keep what is left out of every later collection."""
    gc.collect()
    gc.freeze()


async def keep_when_ready(health: Health) -> None:
    """Keep what the service has made up to its first readiness: clients, tables, recovered state."""
    while not health.is_ready:  # noqa: ASYNC110 (readiness is asked for, nobody tells)
        await asyncio.sleep(_STEP_S)
    keep_for_good()
