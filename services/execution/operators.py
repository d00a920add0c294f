"""FLAT ALL over the log: each command once for each portfolio, by the process that holds its desk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from services.execution.domain.halts import Word
from services.execution.flattening import Flattener
from services.execution.journal import Journal, JournalUnavailable
from services.execution.streams import DeskOf
from services.execution.tools import Tools
from sextant.core.scopes import covers


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

    def start(self, word: Word) -> None:
        """Flatten what the word covers and this process owns, unless it was done before."""
        task = asyncio.create_task(self._flatten(word))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _flatten(self, word: Word) -> None:
        for portfolio in self._portfolios:
            if not covers(word.scope, portfolio) or self._desk_of(portfolio) is None:
                continue
            try:
                await self._portfolio(word, portfolio)
            except JournalUnavailable as error:
                self._tools.log.warning("command not recorded", command_id=word.command_id, reason=str(error))

    async def _portfolio(self, word: Word, portfolio: str) -> None:
        key, journal = f"{word.command_id}/{portfolio}", self._journal()
        if journal is not None and await journal.knows_command(key):
            return
        scoped = Word(key, f"portfolio/{portfolio}", word.level, word.time_ns, word.reason)
        result = await self._flattener.flatten(scoped)
        if journal is not None:
            await journal.record_command(key, f"closing {result.closing}, problems {result.problems}")
