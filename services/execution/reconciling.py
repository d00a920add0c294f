"""Comparing accounts with the journal in the background, for as long as a venue takes to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from services.execution.account import Account
from services.execution.reconcile import Reconciler
from services.execution.tools import Tools
from sextant.venues.port import VenueUnavailable

_AGAIN_S: Final = 1.0


class Reconciling:
    """At most one comparison of an account is under way: what is asked for meanwhile is done once, after it."""

    def __init__(self, reconciler: Reconciler, tools: Tools) -> None:
        self._reconciler, self._tools = reconciler, tools
        self._wanted: dict[str, str] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def tasks(self) -> Sequence[asyncio.Task[None]]:
        """Every comparison that was started; one that failed holds why."""
        return tuple(self._running.values())

    def start(self, account: Account, cause: str) -> asyncio.Task[None]:
        """Compare the account from now on, until its venue has answered."""
        self._wanted[account.name] = cause
        running = self._running.get(account.name)
        if running is None or (running.done() and not running.cancelled() and running.exception() is None):
            running = self._running[account.name] = asyncio.create_task(self._run(account))
        return running

    async def close(self) -> None:
        """Stop, and say nothing more about the venues: whoever owns their portfolios next does."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for name in self._running:
            self._tools.health.clear(f"venue/{name}")
            self._tools.metrics.reconciled.remove(name)

    async def _run(self, account: Account) -> None:
        health, check = self._tools.health, f"venue/{account.name}"
        reconciled = self._tools.metrics.reconciled.labels(account.name)
        while account.name in self._wanted:
            cause = self._wanted.pop(account.name)
            reconciled.set(0)
            try:
                await self._reconciler.reconcile(account, cause)
            except VenueUnavailable as error:
                self._wanted.setdefault(account.name, cause)
                health.set(check, False, f"trying again every {_AGAIN_S:g} s: {error}")
                self._tools.log.warning("venue does not answer", account=account.name, reason=str(error))
                await asyncio.sleep(_AGAIN_S)
            else:
                health.set(check, True, "reconciled")
                reconciled.set(account.name not in self._wanted)
