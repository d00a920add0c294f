"""Operators' words and the door's closing orders: heard at once, kept here, then brought to the journal and to everybody."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from services.execution.domain.halts import CONTRADICTION, Level, Word
from services.execution.domain.order import Terms
from services.execution.emergency_log import EmergencyLog
from services.execution.journal import Journal, JournalUnavailable
from services.execution.notes import Note, note_of_closing, note_of_word, read_notes
from services.execution.tools import Tools
from sextant.bus.errors import BusUnavailable, OutputLost
from sextant.core.scopes import covers

#: Pause between two looks into the journal and between two attempts to bring something there or to the log.
_PAUSE_S: Final = 2.0
#: How long an answer of the door waits for the journal.
_KEEP_S: Final = 2.0
#: So many numbers are read again: whoever took a number first may have written last.
_OVERLAP: Final = 100
Publish = Callable[[Word], Awaitable[None]]


class Words:
    """What counts of them is in `tools.seen.halts`. `journal` returns the open journal, None while there is none.

    A word that was given here (by the door, or by ourselves) goes to the file, to the journal and to `control.commands.v1`: from the
    journal every later owner hears it, from the log everybody else. `publish` None: without the operators' secret nobody can sign it.
    """

    def __init__(
        self, tools: Tools, file: EmergencyLog, journal: Callable[[], Journal | None], publish: Publish | None
    ) -> None:
        self._tools, self._file, self._journal, self._publish = tools, file, journal, publish
        self._known: set[str] = set()
        self._pending: dict[str, Note] = {}
        self._untold: dict[str, Word] = {}
        self._read_to = 0
        self._arrived = asyncio.Event()
        #: Told of a word that flattens and was heard from another instance.
        self.on_flat: Callable[[Word], None] = lambda word: None
        #: Given closing orders that the journal does not know as orders; returns once those of open desks are taken up.
        self.on_closing: Callable[[Terms], Awaitable[None]] | None = None

    def recall(self) -> None:
        """Hear what this machine's file holds. Raises InvalidValue, SettingsInvalid for a file that cannot be believed."""
        remembered = self._file.read()
        for word in remembered.words:
            self._hear(word)
            self._keep_later(word)
        for terms in remembered.closings:
            self._pending[terms.client_order_id] = note_of_closing(terms)

    def order(self, word: Word) -> bool:
        """Take a word that was given to this process; False when the same command was given before."""
        if word.command_id in self._known:
            return False
        self._file.word(word)
        self._hear(word)
        self._keep_later(word)
        return True

    def hear(self, word: Word) -> bool:
        """Take a word that the log or the journal holds; return whether it changes anything."""
        is_known, is_new = word.command_id in self._known, self._hear(word)
        if is_new and not is_known:
            self._file.word(word)  # a RESUME must outlive what it lifts
            self._keep_later(word)
        return is_new

    def close(self, terms: Terms) -> None:
        """Take a closing order that goes past the journal; it is in the file already."""
        self._pending[terms.client_order_id] = note_of_closing(terms)
        self._arrived.set()

    async def keep(self, timeout_s: float = _KEEP_S) -> bool:
        """Bring what is pending to the journal; return whether it has everything."""
        journal, notes = self._journal(), tuple(self._pending.values())
        if not notes:
            return True
        if journal is None:
            return False
        try:
            await asyncio.wait_for(journal.remember(notes), timeout_s)
        except (JournalUnavailable, TimeoutError):
            return False
        for note in notes:
            if self._pending.get(note.key) is note:
                del self._pending[note.key]
        return True

    async def look(self, *, is_whole: bool = False) -> None:
        """Hear what other instances left in the journal since the last look, or all of it. Raises JournalUnavailable."""
        journal = self._journal()
        if journal is None:
            return
        notes = await journal.remembered(0 if is_whole else max(0, self._read_to - _OVERLAP))
        remembered = read_notes(notes)
        for word in remembered.words:
            if not word.is_public:
                self._untold.setdefault(word.command_id, word)
            if self.hear(word) and word.level is Level.FLAT:
                self.on_flat(word)
        self._read_to = max([self._read_to, *(note.number for note in notes)])
        if self.on_closing is not None:
            for terms in remembered.closings:
                await self.on_closing(terms)

    async def run(self, reached: asyncio.Event) -> None:
        """Bring words to the journal, and to the log once it was reached, until cancelled: either may be away for long."""
        await asyncio.gather(self._keeping(), self._telling(reached))

    async def _keeping(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), _PAUSE_S)
            self._arrived.clear()
            try:
                await self.keep()
                await self.look()
            except JournalUnavailable as error:
                self._tools.log.info("words not kept", pending=len(self._pending), reason=str(error))

    async def _telling(self, reached: asyncio.Event) -> None:
        await reached.wait()
        while True:
            for word in list(self._untold.values()):
                await self._tell(word)
            await asyncio.sleep(_PAUSE_S / 4)

    async def _tell(self, word: Word) -> None:
        journal = self._journal()
        if self._publish is None:
            return
        try:
            await self._publish(word)
            if journal is not None:
                await journal.mark_public(word.command_id)
        except (BusUnavailable, OutputLost, JournalUnavailable) as error:
            self._tools.log.warning("word not published", command_id=word.command_id, reason=str(error))
            return
        note = self._pending.get(word.command_id)
        if note is not None:
            self._pending[word.command_id] = replace(note, is_public=True)
        self._untold.pop(word.command_id, None)

    def _hear(self, word: Word) -> bool:
        self._known.add(word.command_id)
        if word.is_public:
            self._untold.pop(word.command_id, None)
        is_new = self._tools.seen.halts.hear(word)
        if is_new:
            self._tools.log.warning("word", scope=word.scope, level=word.level.value, reason=word.reason)
            self._show()
        return is_new

    def _keep_later(self, word: Word) -> None:
        self._pending[word.command_id] = note_of_word(word)
        if not word.is_public:
            self._untold[word.command_id] = word
        self._arrived.set()

    def _show(self) -> None:
        """Say which accounts stand because their venue contradicted itself: not ready until an operator has spoken."""
        standing = [
            word
            for word in self._tools.seen.halts.standing()
            if word.command_id.startswith(CONTRADICTION) and word.level is not Level.RUNNING
        ]
        for account in self._tools.accounts.values():
            check = f"contradiction/{account.name}"
            reasons = [word.reason for word in standing if covers(word.scope, account.portfolio)]
            if reasons:
                self._tools.health.set(check, False, reasons[0])
            else:
                self._tools.health.clear(check)
