"""Both keepers of the books behave alike; Postgres survives a reconnect and concurrent migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest

from services.ledger.adapters.memory import MemoryLedgerStore
from services.ledger.adapters.postgres import PostgresLedgerStore
from services.ledger.domain.audit import first_broken
from services.ledger.domain.books import Book
from services.ledger.domain.entries import Fill, fill_entry
from services.ledger.store import Booking, LedgerStore
from sextant.core.instruments import Side


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[LedgerStore]:
    if request.param == "memory":
        yield MemoryLedgerStore()
        return
    postgres = await PostgresLedgerStore.connect(request.getfixturevalue("postgres_dsn"))
    yield postgres
    await postgres.close()


def booking(number: int, portfolio: str, side: Side = Side.BUY) -> Booking:
    fill = Fill(
        f"{portfolio}/{number}", "sx1", portfolio, "alpha-main", "alpha:BTC/USDT", side,
        Decimal("0.00000001"), Decimal("61234.56"), Decimal("0.00000000001"), "BTC", number,
    )  # fmt: skip
    return Booking(fill_entry(fill), fill, b"way", b"trace")


async def test_booking_twice_books_once_and_moves_the_offset(store: LedgerStore) -> None:
    books = {"twice": await store.load("twice")}
    first = await store.book(
        books, [booking(1, "twice"), booking(2, "twice")], {("execution.fills.v1", 3): 8}
    )
    again = await store.book(
        books, [booking(2, "twice"), booking(3, "twice")], {("execution.fills.v1", 3): 9}
    )
    assert [each.number for each in first] == [1, 2]
    assert [each.booking.entry.source_id for each in again] == ["twice/3"]
    assert await store.next_offset("execution.fills.v1", 3) == 9
    assert books["twice"].balances[("venue:alpha-main", "BTC")] == Decimal("0.00000002997")


async def test_books_loaded_again_are_what_was_booked(store: LedgerStore) -> None:
    books = {"again": await store.load("again")}
    await store.book(books, [booking(1, "again"), booking(2, "again", Side.SELL)], {})
    loaded = await store.load("again")
    assert loaded == books["again"]


async def test_entries_stay_unpublished_until_the_log_has_them(store: LedgerStore) -> None:
    books = {"unsent": await store.load("unsent")}
    new = await store.book(books, [booking(1, "unsent")], {})
    waiting = await store.unpublished("unsent")
    assert [(each.number, each.booking.entry, each.booking.trace) for each in waiting] == [
        (1, new[0].booking.entry, b"trace")
    ]
    await store.published(waiting)
    assert await store.unpublished("unsent") == []


async def test_the_first_equity_of_a_day_is_its_start(store: LedgerStore) -> None:
    day = date(2026, 1, 2)
    assert await store.day_start("p", day, 100.0) == 100.0
    assert await store.day_start("p", day, 90.0) == 100.0


async def test_the_audit_chain_is_whole_when_written_at_once(store: LedgerStore) -> None:
    links = await asyncio.gather(
        *(store.append_audit("ops", "command.HALT", {"n": str(n)}, n, {}) for n in range(5))
    )
    assert first_broken(sorted(links, key=lambda link: link.number)) is None


async def test_concurrent_starts_migrate_once(postgres_dsn: str) -> None:
    stores = await asyncio.gather(*(PostgresLedgerStore.connect(postgres_dsn) for _ in range(3)))
    assert await stores[0].load("nobody") == Book("nobody")
    for each in stores:
        await each.close()
