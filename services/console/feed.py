"""Changes to whoever watches: each watcher has a bounded queue, and who does not keep up is cut off instead of waited for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection
from typing import Final

from services.console.domain.changes import Change
from sextant.core.errors import Retryable

#: Watchers at once, and changes that may wait for one of them.
MOST_WATCHERS: Final = 32
MOST_WAITING: Final = 1_000


class FellBehind(Retryable):
    """More changes waited for this watcher than are kept: it must look at the whole picture and watch anew."""


class TooManyWatchers(Retryable):
    """No more are served now."""


class Watcher:
    """One watcher's queue. Made by `Feed.watch`."""

    def __init__(self, kinds: Collection[type], most_waiting: int) -> None:
        self._kinds, self._most = kinds, most_waiting
        self._waiting: deque[Change] = deque()
        self._arrived = asyncio.Event()
        self.has_fallen_behind = False

    def offer(self, change: Change) -> bool:
        """Take a change that this watcher wants; return whether it keeps up."""
        if self._kinds and type(change) not in self._kinds:
            return True
        if len(self._waiting) >= self._most:
            self.has_fallen_behind = True
            self._waiting.clear()
        else:
            self._waiting.append(change)
        self._arrived.set()
        return not self.has_fallen_behind

    async def next(self, timeout_s: float) -> Change | None:
        """Return the oldest change that waits; None when none comes in time. Raises FellBehind."""
        if not self._waiting and not self.has_fallen_behind:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        if self.has_fallen_behind:
            raise FellBehind(f"more than {self._most} changes waited: ask for the status and watch again")
        return self._waiting.popleft()


class Feed:
    """Who watches. Publishing never waits."""

    def __init__(self, most_watchers: int = MOST_WATCHERS, most_waiting: int = MOST_WAITING) -> None:
        self._most_watchers, self._most_waiting = most_watchers, most_waiting
        self._watchers: set[Watcher] = set()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._watchers)

    def publish(self, change: Change) -> None:
        """Offer a change to everybody; who is too slow is let go of."""
        slow = [watcher for watcher in self._watchers if not watcher.offer(change)]
        self._watchers.difference_update(slow)
        self.dropped += len(slow)

    def watch(self, kinds: Collection[type] = ()) -> Watcher:
        """Return a new watcher of these types of changes, of all when empty. Raises TooManyWatchers."""
        if len(self._watchers) >= self._most_watchers:
            raise TooManyWatchers(f"{self._most_watchers} watchers are served, and no more")
        watcher = Watcher(kinds, self._most_waiting)
        self._watchers.add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Let go of a watcher. Calling twice is safe."""
        self._watchers.discard(watcher)
