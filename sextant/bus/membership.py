"""What both adapters do with a rebalance: order of the listener's calls, its failures, and the gate before poll()."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sextant.bus.errors import MembershipLost
from sextant.bus.port import RebalanceListener, TopicPartition


class Membership:
    """Calls the listener's two methods one after the other, never at once, and keeps what they raise.

    Taking partitions runs in a task of its own: state may take longer to rebuild than a session lasts, and heartbeats must go on
    meanwhile. Until it has ended the gate is closed and poll() returns nothing. `start_at` is told the offsets that the listener wants to
    start from.
    """

    def __init__(self, listener: RebalanceListener, start_at: Callable[[TopicPartition, int], None]) -> None:
        self._listener, self._start_at = listener, start_at
        self.held: frozenset[TopicPartition] = frozenset()
        #: Counts what ends an assignment: whoever saw another number works on an assignment that is gone.
        self.generation = 0
        #: Assignments that were begun with.
        self.rebalances = 0
        self._turn = asyncio.Lock()
        self._gate = asyncio.Event()
        self._ended = False
        self._failure: BaseException | None = None
        self._is_reported = False
        self._taking: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether records may be returned now."""
        return self._gate.is_set() and self._failure is None and not self._ended

    def check(self) -> None:
        """Raise what the listener raised."""
        if self._failure is not None:
            self._is_reported = True
            raise self._failure

    async def settled(self, timeout_s: float) -> bool:
        """Wait until an assignment is complete; return whether that came in time. Raises what the listener raised."""
        if not self._gate.is_set():
            try:
                async with asyncio.timeout(timeout_s):
                    await self._gate.wait()
            except TimeoutError:
                return False
        self.check()
        return self.is_open

    def close(self) -> None:
        """Return no more records of the present assignment."""
        self.generation += 1
        self._gate.clear()

    async def release(self) -> None:
        """Close, wait for an assignment that is being taken, and revoke what is held."""
        self.close()
        async with self._turn:
            if self.held:
                await self._outcome(self._listener.revoked(sorted(self.held)))
            self.held = frozenset()
        if self._failure is not None:
            self._gate.set()

    def take(self, partitions: Sequence[TopicPartition]) -> None:
        """Begin with a new assignment; the gate opens when the listener is done with it."""
        if not self._ended:
            self._taking = asyncio.ensure_future(self._take(sorted(partitions), self.generation))

    async def end(self) -> None:
        """Revoke what is held and take nothing more."""
        self._ended = True
        await self.release()
        self._gate.set()

    def report(self) -> None:
        """Raise what the listener raised unless check() has done so."""
        if not self._is_reported:
            self.check()

    async def _take(self, partitions: Sequence[TopicPartition], generation: int) -> None:
        async with self._turn:
            if generation != self.generation or self._failure is not None:
                return
            self.rebalances += 1
            starts = await self._outcome(self._listener.assigned(partitions)) if partitions else None
            if self._failure is not None:
                self._gate.set()
                return
            self.held = frozenset(partitions)
            if generation == self.generation:
                for partition, offset in (starts or {}).items():
                    self._start_at(partition, offset)
                self._gate.set()

    async def _outcome(self, call: Awaitable[Any]) -> Any:
        """Return what the listener returns; keep what it raises for poll(), whose caller can act on it."""
        task = asyncio.ensure_future(call)
        await asyncio.wait({task})
        if task.cancelled():
            self._failure = MembershipLost("the rebalance listener was cancelled")
            return None
        self._failure = task.exception() or self._failure
        return None if self._failure is not None else task.result()
