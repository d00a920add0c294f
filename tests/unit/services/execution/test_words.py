"""What an operator ordered at one instance reaches the next: over the journal, over the log, or from this machine's file."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from services.execution.account import Account
from services.execution.adapters.memory import MemoryJournal
from services.execution.domain.halts import CONTRADICTION, Level, Word
from services.execution.domain.order import Terms
from services.execution.emergency_log import EmergencyLog
from services.execution.journal import Journal, JournalUnavailable
from services.execution.metrics import ExecutionMetrics
from services.execution.notes import Note, note_of_word
from services.execution.tools import Tools
from services.execution.words import Publish, Words
from sextant.bus.errors import OutputLost
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.core.scopes import GLOBAL
from sextant.venues.paper.exchange import PaperExchange
from sextant.venues.paper.venue import PaperVenue
from tests.support.resources import make_resources
from tests.unit.services.execution.test_machine import TERMS

FLAT = Word("door-1", "portfolio/main", Level.FLAT, 7, "test", "door")
RESUME = Word("c-2", GLOBAL, Level.RUNNING, 8, "over", "anna", is_public=True)


class Log:
    """The log as words see it: may be away."""

    def __init__(self) -> None:
        self.is_away = False
        self.words: list[Word] = []

    async def publish(self, word: Word) -> None:
        if self.is_away:
            raise OutputLost("away")
        self.words.append(word)


def make(file: Path, journal: Journal | None = None, publish: Publish | None = None) -> tuple[Words, Tools]:
    resources = make_resources("execution", MemoryBus(MemoryLog()))
    tools = Tools(
        accounts={},
        clock=resources.clock,
        stamper=resources.stamper,
        spans=resources.spans,
        health=resources.health,
        metrics=ExecutionMetrics(resources.metrics),
        log=resources.log,
    )
    return Words(tools, EmergencyLog(file), lambda: journal, publish), tools


@asynccontextmanager
async def running(words: Words) -> AsyncIterator[None]:
    reached = asyncio.Event()
    reached.set()
    task = asyncio.create_task(words.run(reached))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_word_of_one_machine_is_heard_by_the_next_owner(tmp_path: Path) -> None:
    journal, log = MemoryJournal(), Log()
    words, _ = make(tmp_path / "a", journal, log.publish)
    assert words.order(FLAT)
    assert await words.keep()
    heard: list[Word] = []
    other, tools = make(tmp_path / "b", journal)
    other.on_flat = heard.append
    await other.look()
    assert tools.seen.halts.level("main") is Level.FLAT
    assert heard == [FLAT]
    await other.look()
    assert heard == [FLAT]


class Counting(MemoryJournal):
    """A journal that counts the notes that it hands out."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    async def remembered(self, after: int = 0) -> Sequence[Note]:
        notes = await super().remembered(after)
        self.read += len(notes)
        return notes


async def test_words_that_were_heard_are_not_read_again_and_new_ones_are(tmp_path: Path) -> None:
    journal = Counting()
    old = [
        Word(f"c{number}", "portfolio/main", Level.RUNNING, number, is_public=True) for number in range(500)
    ]
    await journal.remember([note_of_word(word) for word in old])
    words, tools = make(tmp_path / "a", journal)
    await words.look()
    assert journal.read == 500
    await words.look()
    assert journal.read <= 600
    await journal.remember([note_of_word(replace(FLAT, time_ns=900))])
    await words.look()
    assert tools.seen.halts.level("main") is Level.FLAT
    journal.read = 0
    await words.look(is_whole=True)
    assert journal.read == 501


async def test_a_word_is_published_once_the_log_is_back_by_whoever_knows_of_it(tmp_path: Path) -> None:
    journal, log = MemoryJournal(), Log()
    log.is_away = True
    words, _ = make(tmp_path / "a", journal, log.publish)
    words.order(FLAT)
    async with running(words):
        await asyncio.sleep(0.1)
    assert not log.words
    log.is_away = False
    other, _ = make(tmp_path / "b", journal, log.publish)
    await other.look()
    async with running(other):
        await asyncio.sleep(0.1)
    assert [word.command_id for word in log.words] == [FLAT.command_id]
    third, _ = make(tmp_path / "c", journal, log.publish)
    await third.look()
    async with running(third):
        await asyncio.sleep(0.1)
    assert len(log.words) == 1


async def test_a_resume_outlives_the_word_that_it_lifts_in_file_and_journal(tmp_path: Path) -> None:
    journal = MemoryJournal()
    words, tools = make(tmp_path / "a", journal)
    words.order(FLAT)
    assert words.hear(RESUME)
    assert not words.order(FLAT), "the same command late is the same command"
    assert tools.seen.halts.level("main") is Level.RUNNING
    await words.keep()
    from_file, restarted = make(tmp_path / "a")
    from_file.recall()
    assert restarted.seen.halts.level("main") is Level.RUNNING
    from_journal, taken_over = make(tmp_path / "b", journal)
    await from_journal.look()
    assert taken_over.seen.halts.level("main") is Level.RUNNING


async def test_a_closing_order_past_the_journal_reaches_the_owner(tmp_path: Path) -> None:
    journal = MemoryJournal()
    words, _ = make(tmp_path / "a", journal)
    words.close(TERMS)
    assert await words.keep()
    taken: list[Terms] = []

    async def adopt(terms: Terms) -> None:
        taken.append(terms)

    other, _ = make(tmp_path / "b", journal)
    other.on_closing = adopt
    await other.look()
    assert taken == [TERMS]


async def test_without_a_journal_words_stay_pending_and_say_so(tmp_path: Path) -> None:
    class Away(MemoryJournal):
        async def remember(self, notes: object) -> None:
            raise JournalUnavailable("away")

    for journal in (None, Away()):
        words, tools = make(tmp_path / str(journal is None), journal)
        words.order(FLAT)
        assert not await words.keep()
        assert tools.seen.halts.level("main") is Level.FLAT


def test_a_contradiction_stands_over_a_restart_and_is_unready_until_an_operator_speaks(
    tmp_path: Path,
) -> None:
    venue = PaperVenue(PaperExchange({}, taker_fee_bp=TERMS.quantity, maker_fee_bp=TERMS.quantity))
    accounts = {"alpha-main": Account("alpha-main", "main", "alpha", "USDT", {}, venue, lambda: 0)}
    words, _ = make(tmp_path / "a")
    words.order(Word(f"{CONTRADICTION}sx1", "portfolio/main", Level.HALTED, 3, "more filled than ordered"))
    again, tools = make(tmp_path / "a")
    tools.accounts = accounts
    again.recall()
    assert tools.seen.halts.level("main") is Level.HALTED
    tools.health.set("venue/alpha-main", True, "reconciled")
    assert not tools.health.report("contradiction")[0]
    again.hear(RESUME)
    assert tools.health.report("contradiction")[1]["checks"] == {}
    assert tools.seen.halts.level("main") is Level.RUNNING
