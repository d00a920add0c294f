"""Watching for an order on its way, so that a blow falls on work in hand and not on an idle platform."""

from __future__ import annotations

import asyncio
from typing import Final

from sextant.bus.kafka import KafkaBus

#: Each record is an order's beginning.
_INTENTS: Final = "strategies.intents.v1"


def await_intent(bootstrap: str, *, seconds: float) -> bool:
    """Wait until an intent is said; False when none came in time. Raises BusUnavailable."""
    return asyncio.run(_next_intent(bootstrap, seconds))


async def _next_intent(bootstrap: str, seconds: float) -> bool:
    bus = KafkaBus(bootstrap, client_id="sextant-proof")
    await bus.start()
    try:
        consumer = await bus.broadcast([_INTENTS], from_end=True)
        deadline = asyncio.get_running_loop().time() + seconds
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            if await consumer.poll(max_records=1, timeout_s=min(left, 0.5)):
                return True
        return False
    finally:
        await bus.stop()
