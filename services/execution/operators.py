"""FLAT ALL over the log: each command once for each portfolio, by the process that holds its desk, until it is done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from services.execution.domain.halts import Word
from services.execution.flattening import Flattener
from services.execution.journal import Journal, JournalUnavailable
from services.execution.streams import DeskOf
from services.execution.tools import Tools
from sextant.core.scopes import covers, portfolio_scope

#: Pauses between attempts at a command that left problems: they double.
_FIRST_PAUSE_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 300.0


class FlatCommands:
    """Runs commands in the background. `journal` returns the open journal, None while there is none."""

    def __init__(
        self,
        tools: Tools,
        flattener: Flattener,
        portfolios: Iterable[str],
        desk_of: DeskOf,
        journal: Callable[[], Journal | None],
    ) -> None:
        self._tools, self._flattener, self._portfolios = tools, flattener, tuple(portfolios)
        self._desk_of, self._journal = desk_of, journal
        self._tasks: set[asyncio.Task[None]] = set()
        self._wakes: dict[str, asyncio.Event] = {}
        self._is_finishing = False

    def start(self, word: Word) -> None:
        """Flatten what the word covers and this process owns, unless it was done before; a pause before another attempt ends."""
        for portfolio in self._portfolios:
            if covers(word.scope, portfolio):
                self._start(word, portfolio)

    async def finish(self) -> None:
        """Wait for what is under way; nothing is tried again."""
        self._is_finishing = True
        for wake in self._wakes.values():
            wake.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def told(self, word: Word) -> str:
        """Return what the journal says of a command, in words."""
        journal = self._journal()
        if journal is None:
            return "the journal does not answer"
        covered = [name for name in self._portfolios if covers(word.scope, name)]
        try:
            done = [name for name in covered if await journal.knows_command(_key(word, name))]
        except JournalUnavailable:
            return "the journal does not answer"
        return f"recorded as done for {', '.join(done) or 'no portfolio'}"

    def _start(self, word: Word, portfolio: str) -> None:
        key = _key(word, portfolio)
        if key in self._wakes:
            self._wakes[key].set()
            return
        self._wakes[key] = asyncio.Event()
        task = asyncio.create_task(self._until_done(word, portfolio, self._wakes[key]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_done(self, word: Word, portfolio: str, wake: asyncio.Event) -> None:
        key, pause_s = _key(word, portfolio), _FIRST_PAUSE_S
        scoped = replace(word, command_id=key, scope=portfolio_scope(portfolio))
        try:
            while self._is_ours(word, portfolio):
                wake.clear()
                if await self._attempt(scoped, key):
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), pause_s)
                pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)
                # New ids for its closing orders: those of earlier attempts, also of earlier processes, have ended or are waited for.
                scoped = replace(scoped, command_id=f"{key}/{self._tools.clock.wall_ns()}")
        finally:
            del self._wakes[key]

    def _is_ours(self, word: Word, portfolio: str) -> bool:
        stands = self._tools.seen.halts.is_flat_by(word.command_id)
        return stands and self._desk_of(portfolio) is not None and not self._is_finishing

    async def _attempt(self, scoped: Word, key: str) -> bool:
        """Flatten unless it was done before; return whether it is done and recorded."""
        journal = self._journal()
        if journal is None:
            return False
        try:
            if await journal.knows_command(key):
                return True
        except JournalUnavailable as error:
            self._tools.log.warning("command not looked up", command_id=key, reason=str(error))
        result = await self._flattener.flatten(scoped)
        if result.problems:
            self._tools.log.warning("command left problems", command_id=key, problems=result.problems)
            return False
        try:
            await journal.record_command(key, f"closing {result.closing}")
        except JournalUnavailable as error:
            self._tools.log.warning("command not recorded", command_id=key, reason=str(error))
            return False
        return True


def _key(word: Word, portfolio: str) -> str:
    return f"{word.command_id}/{portfolio}"
