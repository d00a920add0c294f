"""Where the records of each order lie, gathered until somebody publishes them: pure."""

from __future__ import annotations

from collections.abc import Mapping

Place = tuple[str, int, int]


class Places:
    """Positions (topic, partition, offset) by order and by the index's partition."""

    def __init__(self) -> None:
        self._gathered: dict[int, dict[str, list[Place]]] = {}

    def add(self, bucket: int, order: str, place: Place) -> None:
        """Remember that a record of the order lies at a place."""
        self._gathered.setdefault(bucket, {}).setdefault(order, []).append(place)

    def take(self) -> Mapping[int, Mapping[str, list[Place]]]:
        """Return what was gathered, and gather anew."""
        taken, self._gathered = self._gathered, {}
        return taken
