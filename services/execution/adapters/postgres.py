"""The journal in Postgres: asyncpg on the hot path, numbers exact in `numeric`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from services.execution.adapters import sql
from services.execution.adapters.rows import (
    addressed,
    entries,
    fill_columns,
    known_fill,
    order_of,
    progress_row,
    terms_row,
)
from services.execution.domain.order import Fill, Order
from services.execution.journal import Context, Draft, Entry, JournalUnavailable, KnownFill, Writer
from services.execution.notes import Kind, Note
from sextant.core.errors import WriterFenced
from sextant.runtime.migrations import migrate as run_migrations
from sextant.runtime.postgres import OUTAGES, TIMEOUT_S, open_pool

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_POOL: Final = 8
#: Epochs begin at one, so nobody ever holds this.
_NOBODY: Final = Writer("", -1, 0, True)


async def migrate(dsn: str) -> None:
    """Bring the schema up to date. Concurrent starts are safe. Raises DatabaseUnavailable."""
    await run_migrations(dsn, schema=sql.SCHEMA, scripts=_SCRIPTS)


async def _rehearse(db: Any) -> None:
    """Run the statements of the order path in the name of nobody: nothing is written, and the first order does not wait for their plans."""
    await db.fetchrow(sql.INSERT, *addressed(_NOBODY, ()), *[None] * sql.INSERT_OWN)
    await db.fetchrow(sql.UPDATE, *addressed(_NOBODY, ()), *[None] * sql.UPDATE_OWN)
    await db.execute(sql.MARK, _NOBODY.partition, 0)


class PostgresJournal:
    """A `Journal`. Make it with connect()."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, dsn: str) -> PostgresJournal:
        """Migrate and connect. Raises DatabaseUnavailable or JournalUnavailable."""
        try:
            await migrate(dsn)
            pool = await open_pool(dsn, schema=sql.SCHEMA, least=2, most=_POOL, opened=_rehearse)
        except (*OUTAGES, asyncpg.PostgresError) as error:
            raise JournalUnavailable(f"journal: {error}") from error
        return cls(pool)

    async def close(self) -> None:
        """Close the connections; what still runs on them is ended after a moment."""
        self._pool.terminate()

    async def acquire(self, portfolio: str, partition: int, owner: str) -> Writer:
        async with self._connection() as db, db.transaction():
            await db.execute(sql.OPEN_OUTBOX, partition)
            before = await db.fetchrow(
                "select is_released from writers where portfolio = $1 for update", portfolio
            )
            epoch = await db.fetchval(sql.ACQUIRE, portfolio, owner)
        return Writer(portfolio, partition, epoch, before is None or before["is_released"])

    async def check(self, writer: Writer) -> None:
        async with self._connection() as db:
            await self._check(db, writer)

    async def release(self, writer: Writer) -> None:
        async with self._connection() as db:
            await db.execute(sql.RELEASE, writer.portfolio, writer.epoch)

    async def insert(
        self, writer: Writer, order: Order, context: Context, drafts: Sequence[Draft]
    ) -> Sequence[Entry] | None:
        async with self._connection() as db:
            cause = (context.decision, context.identity, context.lineage, context.trace)
            row = await db.fetchrow(
                sql.INSERT,
                *addressed(writer, drafts),
                *terms_row(order.terms),
                *progress_row(order, writer),
                *cause,
            )
            if not row["held"]:
                await self._check(db, writer)
        return None if row["first"] is None else entries(row["first"], drafts)

    async def update(
        self, writer: Writer, order: Order, fills: Sequence[Fill], drafts: Sequence[Draft]
    ) -> Sequence[Entry]:
        async with self._connection() as db:
            row = await db.fetchrow(
                sql.UPDATE,
                *addressed(writer, drafts),
                *progress_row(order, writer),
                order.terms.client_order_id,
                *fill_columns(fills),
            )
            if not row["held"]:
                await self._check(db, writer)
        if row["first"] is None:
            raise JournalUnavailable(
                f"order {order.terms.client_order_id}: revision {order.revision} is in the journal already"
            )
        return entries(row["first"], drafts)

    async def unfinished(self, portfolio: str) -> Sequence[tuple[Order, Context]]:
        async with self._connection() as db:
            return [order_of(row) for row in await db.fetch(sql.UNFINISHED, portfolio)]

    async def find(self, client_order_id: str) -> tuple[Order, Context] | None:
        async with self._connection() as db:
            row = await db.fetchrow(sql.FIND, client_order_id)
        return None if row is None else order_of(row)

    async def traded(self, venue_account: str) -> Mapping[str, int]:
        async with self._connection() as db:
            return {row["symbol"]: row["newest"] for row in await db.fetch(sql.TRADED, venue_account)}

    async def fills(self, venue_account: str) -> Sequence[KnownFill]:
        async with self._connection() as db:
            return [known_fill(row) for row in await db.fetch(sql.FILLS, venue_account)]

    async def next_sequence(self, partition: int) -> int:
        async with self._connection() as db:
            found = await db.fetchval("select next_sequence from outboxes where partition = $1", partition)
        return int(found or 0)

    async def unpublished(self, partition: int) -> Sequence[Entry]:
        async with self._connection() as db:
            rows = await db.fetch(sql.UNPUBLISHED, partition)
        return [
            Entry(
                row["sequence"],
                Draft(
                    row["topic"], row["key"], row["portfolio"], row["payload"], row["lineage"], row["trace"]
                ),
            )
            for row in rows
        ]

    async def mark_published(self, partition: int, up_to: int) -> None:
        async with self._connection() as db:
            await db.execute(sql.MARK, partition, up_to)

    async def record_command(self, command_id: str, detail: str) -> bool:
        async with self._connection() as db:
            return await db.fetchval(sql.COMMAND, command_id, detail) is not None

    async def knows_command(self, command_id: str) -> bool:
        async with self._connection() as db:
            return bool(await db.fetchval("select 1 from commands where command_id = $1", command_id))

    async def remember(self, notes: Sequence[Note]) -> None:
        columns = (
            [note.key for note in notes],
            [note.kind.value for note in notes],
            [note.text for note in notes],
            [note.is_public for note in notes],
        )
        async with self._connection() as db:
            await db.execute(sql.REMEMBER, *columns)

    async def remembered(self, after: int = 0) -> Sequence[Note]:
        async with self._connection() as db:
            rows = await db.fetch(sql.REMEMBERED, after)
        return [
            Note(row["command_id"], Kind(row["kind"]), row["detail"], row["is_public"], row["number"])
            for row in rows
        ]

    async def mark_public(self, command_id: str) -> None:
        async with self._connection() as db:
            await db.execute(sql.PUBLIC, command_id)

    async def _check(self, db: Any, writer: Writer) -> None:
        current = await db.fetchval("select epoch from writers where portfolio = $1", writer.portfolio)
        if current != writer.epoch:
            raise WriterFenced(portfolio=writer.portfolio, own_epoch=writer.epoch, current_epoch=current or 0)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            async with self._pool.acquire(timeout=TIMEOUT_S) as db:
                yield db
        except OUTAGES as error:
            raise JournalUnavailable(f"journal: {type(error).__name__}: {error}") from error
