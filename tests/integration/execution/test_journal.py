"""What every journal promises, the one in memory and the one in Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import asyncpg
import pytest

from services.execution.adapters.memory import MemoryJournal
from services.execution.adapters.postgres import PostgresJournal, migrate
from services.execution.domain.halts import Level, Word
from services.execution.domain.order import Fill, Order, Phase, State, Terms
from services.execution.journal import Context, Draft, Journal, JournalUnavailable
from services.execution.notes import note_of_closing, note_of_word, read_notes
from sextant.core.errors import WriterFenced
from sextant.core.instruments import Side

CONTEXT = Context(b"decision", b"identity", b"lineage", b"trace")


@pytest.fixture(params=["memory", "postgres"])
async def journal(request: pytest.FixtureRequest) -> AsyncIterator[Journal]:
    if request.param == "memory":
        yield MemoryJournal()
        return
    connected = await PostgresJournal.connect(request.getfixturevalue("postgres_dsn"))
    yield connected
    await connected.close()


def order(name: str, portfolio: str = "main") -> Order:
    terms = Terms(
        client_order_id=name,
        portfolio=portfolio,
        venue_account=f"alpha-{portfolio}",
        instrument="alpha:BTC/USDT",
        symbol="BTCUSDT",
        side=Side.SELL,
        quantity=Decimal("0.00000010"),
        limit_price=None,
        time_in_force=2,
        valid_until_ns=7,
        is_reduce_only=True,
        breaker_epoch=3,
        intent_id="i",
        decision_id="d",
        reserved_notional=Decimal("12.50"),
    )
    return Order(terms, State.PENDING, Phase.CALLING, gate_time_ns=5)


def draft(name: str, portfolio: str = "main") -> Draft:
    return Draft("execution.orders.v1", name, portfolio, b"payload", b"lineage", b"trace")


def fill(number: int) -> Fill:
    return Fill(
        f"alpha-x/BTCUSDT/{number}",
        Decimal("0.00000004"),
        Decimal("1E+5"),
        Decimal("-0.1"),
        "BNB",
        True,
        number,
    )


async def test_an_order_comes_back_as_it_was_written(journal: Journal) -> None:
    writer = await journal.acquire("a", 1, "me")
    first = order("a1", "a")
    assert await journal.insert(writer, first, CONTEXT, [draft("a1", "a")]) is not None
    later = replace(
        first, state=State.PARTIALLY_FILLED, phase=Phase.LIVE, revision=2, is_acknowledged=True, venue_order_id="9",
        reported_filled=Decimal("0.00000004"), ended=State.CANCELLED, reason="why", exchange_time_ns=8,
        filled=Decimal("0.00000004"), fills={"alpha-x/BTCUSDT/1": Decimal("0.00000004")},
    )  # fmt: skip
    await journal.update(writer, later, [fill(1)], [draft("a1", "a")])
    assert await journal.find("a1") == (later, CONTEXT)
    assert await journal.unfinished("a") == [(later, CONTEXT)]
    assert await journal.find("other") is None


async def test_the_same_order_is_inserted_once(journal: Journal) -> None:
    writer = await journal.acquire("b", 2, "me")
    both = await asyncio.gather(
        *(journal.insert(writer, order("b1", "b"), CONTEXT, [draft("b1", "b")]) for _ in range(8))
    )
    assert len([entries for entries in both if entries is not None]) == 1
    assert await journal.next_sequence(2) == 1


async def test_an_owner_whose_epoch_was_raised_is_refused_and_leaves_no_trace(journal: Journal) -> None:
    old = await journal.acquire("c", 3, "old")
    assert await journal.insert(old, order("c1", "c"), CONTEXT, [draft("c1", "c")]) is not None
    new = await journal.acquire("c", 3, "new")
    assert new.epoch == old.epoch + 1
    with pytest.raises(WriterFenced) as fenced:
        await journal.insert(old, order("c2", "c"), CONTEXT, [draft("c2", "c")])
    assert (fenced.value.own_epoch, fenced.value.current_epoch) == (old.epoch, new.epoch)
    with pytest.raises(WriterFenced):
        await journal.update(old, replace(order("c1", "c"), revision=2), [fill(2)], [draft("c1", "c")])
    with pytest.raises(WriterFenced):
        await journal.check(old)
    assert await journal.find("c2") is None
    assert await journal.next_sequence(3) == 1


async def test_a_writer_is_clean_when_the_one_before_let_go(journal: Journal) -> None:
    first = await journal.acquire("d", 4, "first")
    assert first.is_clean
    second = await journal.acquire("d", 4, "second")
    assert not second.is_clean
    await journal.release(first)  # too late: somebody else has it
    assert not (await journal.acquire("d", 4, "third")).is_clean
    fourth = await journal.acquire("d", 4, "fourth")
    await journal.release(fourth)
    assert (await journal.acquire("d", 4, "fifth")).is_clean


async def test_the_outbox_has_an_order_without_holes_whoever_writes_at_the_same_time(
    journal: Journal,
) -> None:
    writers = [await journal.acquire(name, 5, "me") for name in ("e", "f")]
    written = await asyncio.gather(
        *(
            journal.insert(
                writers[number % 2],
                order(f"e{number}", "ef"[number % 2]),
                CONTEXT,
                [draft(f"e{number}"), draft(f"e{number}/2")],
            )
            for number in range(20)
        )
    )
    sequences = sorted(entry.sequence for entries in written for entry in entries or ())
    assert sequences == list(range(40))
    entries = await journal.unpublished(5)
    assert [entry.sequence for entry in entries] == sequences
    assert {
        (a.draft.key + "/2", b.sequence - a.sequence)
        for a, b in zip(entries[::2], entries[1::2], strict=True)
    } == {(b.draft.key, 1) for b in entries[1::2]}
    await journal.mark_published(5, 38)
    assert [entry.sequence for entry in await journal.unpublished(5)] == [39]


async def test_final_orders_are_not_taken_up_again(journal: Journal) -> None:
    writer = await journal.acquire("g", 6, "me")
    await journal.insert(
        writer, replace(order("g1", "g"), state=State.NOT_SENT, phase=Phase.DONE), CONTEXT, []
    )
    assert await journal.unfinished("g") == []


async def test_what_an_account_traded_is_known(journal: Journal) -> None:
    writer = await journal.acquire("x", 7, "me")
    await journal.insert(writer, order("x1", "x"), CONTEXT, [draft("x1", "x")])
    assert await journal.traded("alpha-x") == {"BTCUSDT": 0}
    await journal.update(writer, replace(order("x1", "x"), revision=2), [fill(3), fill(5)], [])
    assert await journal.traded("alpha-x") == {"BTCUSDT": 5}
    [first, second] = await journal.fills("alpha-x")
    assert (first.client_order_id, first.side, first.fill) == ("x1", 2, fill(3))
    assert second.fill == fill(5)


async def test_a_command_is_done_once(journal: Journal) -> None:
    assert await journal.record_command("k", "{}")
    assert not await journal.record_command("k", "{}")
    assert await journal.knows_command("k")
    assert not await journal.knows_command("l")


async def test_notes_are_kept_once_and_closings_until_they_are_orders(journal: Journal) -> None:
    terms = order("sxclosing").terms
    word = Word("c-9", "global", Level.FLAT, 7, "why", "door")
    kept = [note_of_word(word), note_of_closing(terms)]
    await journal.remember(kept)
    await journal.remember([note_of_word(replace(word, reason="other"))])
    assert {note.key: note for note in await journal.remembered()} == {note.key: note for note in kept}
    [number] = [note.number for note in await journal.remembered() if note.key == "c-9"]
    assert [note.key for note in await journal.remembered(number)] == ["c-9", "sxclosing"], "not public yet"
    await journal.mark_public("c-9")
    assert [note.key for note in await journal.remembered(number)] == ["sxclosing"]
    assert "c-9" in [note.key for note in await journal.remembered(number - 1)]
    writer = await journal.acquire("main", 1, "me")
    await journal.insert(writer, order("sxclosing"), CONTEXT, [draft("sxclosing")])
    assert await journal.remembered() == [replace(kept[0], is_public=True)]
    assert read_notes(await journal.remembered()).words == [replace(word, is_public=True)]
    assert not await journal.knows_command("c-8")


async def test_concurrent_starts_may_all_migrate(postgres_dsn: str) -> None:
    await asyncio.gather(*(migrate(postgres_dsn) for _ in range(4)))


async def test_an_owner_stopped_inside_a_transaction_keeps_nobody_waiting(postgres_dsn: str) -> None:
    old = await PostgresJournal.connect(postgres_dsn)
    new = await PostgresJournal.connect(postgres_dsn)
    writer = await old.acquire("held", 3, "old")
    inside, wakes = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with old._connection() as db, db.transaction():
            await db.execute("select 1 from writers where portfolio = 'held' for update")
            inside.set()
            await wakes.wait()

    held = asyncio.create_task(hold())
    await inside.wait()
    assert (await new.acquire("held", 3, "new")).epoch == writer.epoch + 1
    wakes.set()
    with pytest.raises(JournalUnavailable):
        await held
    with pytest.raises(WriterFenced):
        await old.check(writer)
    for journal in (old, new):
        await journal.close()


@pytest.mark.parametrize(
    "error", [asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.InternalClientError, OSError]
)
async def test_what_passes_by_itself_is_an_outage(postgres_dsn: str, error: type[Exception]) -> None:
    journal = await PostgresJournal.connect(postgres_dsn)
    with pytest.raises(JournalUnavailable, match=f"{error.__name__}: for a moment"):
        async with journal._connection():
            raise error("for a moment")
    await journal.close()


async def test_connecting_rehearses_the_order_path_and_writes_nothing(postgres_dsn: str) -> None:
    async def rows() -> list[int]:
        db = await asyncpg.connect(postgres_dsn)
        try:
            tables = ("orders", "order_events", "fills", "outboxes", "writers")
            return [await db.fetchval(f"select count(*) from execution.{table}") for table in tables]
        finally:
            await db.close()

    await migrate(postgres_dsn)
    before = await rows()
    journal = await PostgresJournal.connect(postgres_dsn)
    async with journal._pool.acquire() as db:
        known = await db.fetch("select statement from pg_prepared_statements")
    await journal.close()
    assert await rows() == before
    for table in ("orders", "fills"):
        assert any(f"insert into {table} " in row["statement"] for row in known), (
            "not planned before the first order"
        )
