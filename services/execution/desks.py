"""The desks of the portfolio partitions that this process owns: opened with their words and closings, closed in good order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from services.execution.desk import Desk
from services.execution.domain.halts import Word
from services.execution.domain.order import Terms
from services.execution.journal import Journal, JournalUnavailable
from services.execution.tools import Tools
from services.execution.words import Words
from sextant.bus.errors import BusUnavailable, OutputLost
from sextant.core.errors import WriterFenced
from sextant.core.partitions import portfolio_partition
from sextant.runtime.migrations import DatabaseUnavailable
from sextant.runtime.service import Resources

#: What passes: journal or log are away, and trading goes on once they are back.
OUTAGES: Final = (JournalUnavailable, DatabaseUnavailable, BusUnavailable, OutputLost)


class Desks:
    """Desks by partition. `on_flat` is told, for a new desk, of each word that keeps something flat."""

    def __init__(
        self, resources: Resources, tools: Tools, words: Words, on_flat: Callable[[Word], None]
    ) -> None:
        self._resources, self._tools, self._words, self._on_flat = resources, tools, words, on_flat
        self.by_partition: dict[int, Desk] = {}

    def of(self, portfolio: str) -> Desk | None:
        """Return the open desk of a portfolio."""
        return self.by_partition.get(portfolio_partition(portfolio))

    async def open(self, journal: Journal, partition: int) -> None:
        """Open the desk of a partition, unless no portfolio lives there. Raises JournalUnavailable."""
        portfolios = [
            name for name in self._resources.platform.portfolios if portfolio_partition(name) == partition
        ]
        if not portfolios:
            return
        # Before anything is sent again: a scope may have been flattened at another instance.
        await self._words.look(is_whole=True)
        desk = Desk(partition, journal, self._resources.bus.producer(), self._tools)
        timeout_s = self._resources.process.session_timeout_ms / 1000
        await desk.open(portfolios, session_timeout_s=timeout_s)
        self.by_partition[partition] = desk  # before it asks the venues: their reports must not meet nobody
        await desk.settle()
        self._tools.log.info("desk open", partition=partition, portfolios=portfolios, orders=len(desk.live))
        await self._words.look()
        for word in self._tools.seen.halts.flattened():
            self._on_flat(word)

    async def adopt(self, terms: Terms) -> None:
        """Take up a closing order that went past the journal, where its desk is open."""
        desk = self.of(terms.portfolio)
        if desk is None:
            return
        try:
            await desk.adopt(terms)
        except WriterFenced as error:
            self._tools.log.info("closing not taken up", reason=str(error))

    async def close(self, partitions: Sequence[int]) -> None:
        """Let calls end, publish, and let go."""
        for partition in partitions:
            desk = self.by_partition.pop(partition, None)
            if desk is not None:
                await self._close(desk)

    async def _close(self, desk: Desk) -> None:
        is_clean = True
        try:
            desk.check()
        except (*OUTAGES, WriterFenced):
            is_clean = False
        try:
            await desk.close(self._resources.process.drain_s / 2, is_clean=is_clean)
        except (*OUTAGES, WriterFenced) as error:
            self._tools.log.warning("desk not closed cleanly", partition=desk.partition, reason=str(error))
