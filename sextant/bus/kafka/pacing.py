"""Records that gather at the client, for those whom no order waits for.

A fetch that the broker holds until much has come is looked at again with every batch that somebody appends to any of its partitions, all of
them each time: one such fetch of a few hundred partitions was a quarter of the broker's work. A fetch that comes seldom costs nothing between.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer

#: While records wait for their reader no others are asked for. aiokafka would ask for the other partitions after 0.1 s, without an argument
#: to say otherwise, and those whose records are read meanwhile would be asked for only when that answer is there, 0.25 s later perhaps.
_TOGETHER_S: Final = 10.0


class Pace:
    """Keeps polls that found something `gather_ms` apart."""

    def __init__(self, client: AIOKafkaConsumer, gather_ms: int) -> None:
        self._gather_s = gather_ms / 1000
        self._due = 0.0
        client._fetcher._prefetch_backoff = _TOGETHER_S

    @property
    def rest_s(self) -> float:
        """How long the next poll should wait."""
        if not self._gather_s:
            return 0.0
        return max(0.0, self._due - asyncio.get_running_loop().time())

    def found(self) -> None:
        """Begin to gather: a poll has just returned records."""
        if self._gather_s:
            self._due = asyncio.get_running_loop().time() + self._gather_s
