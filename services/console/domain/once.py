"""Counting each thing once, although records may come more than once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

_MOST: Final = 4_096


class Once:
    """Remembers the newest ids."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._seen: OrderedDict[str, None] = OrderedDict()

    def is_new(self, identifier: str) -> bool:
        """Return whether this id was not seen before, and remember it."""
        if identifier in self._seen:
            return False
        self._seen[identifier] = None
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._seen
