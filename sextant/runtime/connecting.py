"""Connecting a service to the log: once and for all, or for as long as it takes."""

from __future__ import annotations

import asyncio
from typing import Final

from sextant.bus.errors import BusUnavailable
from sextant.contracts.topics import TOPICS
from sextant.runtime.service import Resources

#: How long the topics may take to be created by whoever installs the platform, s.
_TOPICS_S: Final = 90.0
_AGAIN_S: Final = 1.0


async def connect(resources: Resources) -> None:
    """Start the bus and wait for the topics; health says so. Raises BusUnavailable."""
    resources.health.set("kafka", False, "connecting")
    await resources.bus.start()
    await resources.bus.await_topics(seconds=_TOPICS_S)
    own = [topic.name for topic in TOPICS.values() if topic.owner == resources.name]
    if own:
        await resources.bus.producer().prepare(own)
    resources.health.set("kafka", True, "connected")


async def connect_patiently(resources: Resources) -> None:
    """As connect(), again and again until a broker answers: for a service that has work to do without one."""
    while True:
        try:
            await connect(resources)
            return
        except BusUnavailable as error:
            resources.health.set("kafka", False, str(error))
            resources.log.warning("no broker answers", reason=str(error))
            await asyncio.sleep(_AGAIN_S)
