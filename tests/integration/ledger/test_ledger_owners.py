"""Two ledgers believe to own one partition, over a real Postgres: whoever was stopped and woke up writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import pytest

from services.ledger.adapters.postgres import PostgresLedgerStore
from services.ledger.store import Booked
from tests.support.ledger import QUANTITY, fill, fills_said, new_log, newest_quantity, running, until


class Pausing(PostgresLedgerStore):
    """A store whose owner is stopped between reading fills and writing them, as a frozen machine would be."""

    def __init__(self, pool: Any) -> None:
        super().__init__(pool)
        self.is_armed = False
        self.has_stopped, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def book(self, *arguments: Any) -> list[Booked]:
        if self.is_armed and any(booking.fill for booking in arguments[-2]):
            self.is_armed = False
            self.has_stopped.set()
            await self.may_go_on.wait()
        return await super().book(*arguments)


@pytest.fixture
async def stores(postgres_dsn: str) -> Any:
    await empty(postgres_dsn)
    made = [await Pausing.connect(postgres_dsn) for _ in "12"]
    yield made
    for store in made:
        await store.close()


async def test_an_old_owner_that_wakes_up_after_another_took_over_books_nothing(
    stores: Sequence[Pausing], postgres_dsn: str
) -> None:
    old_store, new_store = stores
    log = new_log()
    async with running(log, old_store, instance="old") as old:
        await until(lambda: newest_quantity(log) == 0 and len(old.bus.members) == 1, old)
        await settled(postgres_dsn, "select count(*) from entries", 3)
        old_store.is_armed = True
        log.append([fill(1), fill(2), fill(3)])
        await old_store.has_stopped.wait()
        old.bus.members[0].expire()
        new_store.is_armed = True
        async with running(log, new_store, instance="new") as new:
            await new_store.has_stopped.wait()  # it has loaded its books and read the same fills
            old_store.may_go_on.set()
            await asyncio.sleep(0.3)
            new_store.may_go_on.set()
            await until(lambda: len(fills_said(log)) == 3, new)
            log.append([fill(4)])
            await until(lambda: len(fills_said(log)) == 4, new)
            await until(lambda: newest_quantity(log) == 4 * QUANTITY, new)
            assert not old.task.done()
    assert fills_said(log) == {f"alpha-main/BTCUSDT/{n}": n + 3 for n in (1, 2, 3, 4)}
    assert await value(postgres_dsn, "select quantity from positions") == 4 * QUANTITY


async def test_an_owner_stopped_inside_a_transaction_keeps_nobody_waiting(
    stores: Sequence[Pausing], postgres_dsn: str
) -> None:
    log = new_log()
    async with running(log, stores[0], instance="old") as old:
        await settled(postgres_dsn, "select count(*) from entries", 3)
        inside, go_on = asyncio.Event(), asyncio.Event()
        stop_inside(stores[0], inside, go_on)
        log.append([fill(1)])
        await inside.wait()
        old.bus.members[0].expire()
        async with running(log, stores[1], instance="new") as new:
            await until(lambda: len(fills_said(log)) == 1, new)
            go_on.set()
            log.append([fill(2)])
            await until(lambda: len(fills_said(log)) == 2, new)
            await until(lambda: newest_quantity(log) == 2 * QUANTITY, new)
            assert not old.task.done()
    assert await value(postgres_dsn, "select quantity from positions") == 2 * QUANTITY


async def test_connections_that_are_cut_again_and_again_lose_and_double_nothing(
    stores: Sequence[Pausing], postgres_dsn: str
) -> None:
    log = new_log()
    async with running(log, stores[0]) as run:
        await settled(postgres_dsn, "select count(*) from entries", 3)
        for number in range(1, 31):
            log.append([fill(number)])
            if number % 5 == 0:
                await cut(postgres_dsn)
            await asyncio.sleep(0.02)
        await until(lambda: len(fills_said(log)) == 30, run, 60)
        await until(lambda: newest_quantity(log) == 30 * QUANTITY, run)
        await until(lambda: run.health.is_ready, run)
    assert await value(postgres_dsn, "select quantity from positions") == 30 * QUANTITY
    assert await value(postgres_dsn, "select count(*) from entries") == 33


def stop_inside(store: PostgresLedgerStore, inside: asyncio.Event, go_on: asyncio.Event) -> None:
    """Let the store's owner stop after its next insert, with the transaction open."""
    insert: Callable[..., Awaitable[bool]] = store._insert

    async def stopping(*arguments: Any) -> bool:
        is_new = await insert(*arguments)
        if not inside.is_set():
            inside.set()
            await go_on.wait()
        return is_new

    store._insert = stopping  # type: ignore[assignment]  # the only way into the middle of a transaction


async def settled(dsn: str, query: str, expected: int) -> None:
    """Wait until a query returns a number."""
    async with asyncio.timeout(20):
        while await value(dsn, query) != expected:  # noqa: ASYNC110  # a server is asked: it sets no event
            await asyncio.sleep(0.02)


async def value(dsn: str, query: str) -> Any:
    db = await asyncpg.connect(dsn, server_settings={"search_path": "ledger"})
    try:
        return await db.fetchval(query)
    finally:
        await db.close()


async def cut(dsn: str) -> None:
    """End every connection of the ledger, as a restart of the server does."""
    await value(
        dsn,
        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()",
    )


async def empty(dsn: str) -> None:
    """Begin with an empty schema."""
    await value(dsn, "drop schema if exists ledger cascade")
