"""The port to what consumer groups have committed."""

from __future__ import annotations

from typing import Protocol

from services.console.domain.facts import GroupLag


class LagSource(Protocol):
    """Says how far behind each consumer group is."""

    async def read(self) -> tuple[GroupLag, ...]:
        """Return the lag of every group of the platform. Raises LagUnavailable when nobody answers now."""

    async def close(self) -> None:
        """Disconnect. Calling twice is safe."""


class LagUnavailable(Exception):
    """The log does not answer questions about groups now; asking again later is safe."""
