"""The journal in Postgres: asyncpg on the hot path, numbers exact in `numeric`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import asyncpg

from services.execution.adapters import sql
from services.execution.domain.order import FINAL, Fill, Order, Phase, State, Terms
from services.execution.journal import Context, Draft, Entry, JournalUnavailable, KnownFill, Writer
from services.execution.notes import Kind, Note
from sextant.core.decimals import ZERO
from sextant.core.errors import WriterFenced
from sextant.core.instruments import Side
from sextant.runtime.migrations import migrate as run_migrations

_SCRIPTS: Final = Path(__file__).parent / "migrations"
#: A database that hangs is a database that is down: FLAT ALL must not wait for it.
_TIMEOUT_S: Final = 5.0
_POOL: Final = 8


async def migrate(dsn: str) -> None:
    """Bring the schema up to date. Concurrent starts are safe. Raises DatabaseUnavailable."""
    await run_migrations(dsn, schema=sql.SCHEMA, scripts=_SCRIPTS)


class PostgresJournal:
    """A `Journal`. Make it with connect()."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, dsn: str) -> PostgresJournal:
        """Migrate and connect. Raises DatabaseUnavailable or JournalUnavailable."""
        await migrate(dsn)
        try:
            pool = await asyncpg.create_pool(
                dsn,
                min_size=2,
                max_size=_POOL,
                timeout=_TIMEOUT_S,
                command_timeout=_TIMEOUT_S,
                server_settings={"search_path": sql.SCHEMA},
            )
        except (OSError, asyncpg.PostgresError) as error:
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
                *_addressed(writer, drafts),
                *_terms(order.terms),
                *_progress(order, writer),
                *cause,
            )
            if not row["held"]:
                await self._check(db, writer)
        return None if row["first"] is None else _entries(row["first"], drafts)

    async def update(
        self, writer: Writer, order: Order, fills: Sequence[Fill], drafts: Sequence[Draft]
    ) -> Sequence[Entry]:
        async with self._connection() as db:
            row = await db.fetchrow(
                sql.UPDATE,
                *_addressed(writer, drafts),
                *_progress(order, writer),
                order.terms.client_order_id,
                *_columns(fills),
            )
            if not row["held"]:
                await self._check(db, writer)
        if row["first"] is None:
            raise JournalUnavailable(
                f"order {order.terms.client_order_id}: revision {order.revision} is in the journal already"
            )
        return _entries(row["first"], drafts)

    async def unfinished(self, portfolio: str) -> Sequence[tuple[Order, Context]]:
        async with self._connection() as db:
            return [_order(row) for row in await db.fetch(sql.UNFINISHED, portfolio)]

    async def find(self, client_order_id: str) -> tuple[Order, Context] | None:
        async with self._connection() as db:
            row = await db.fetchrow(sql.FIND, client_order_id)
        return None if row is None else _order(row)

    async def traded(self, venue_account: str) -> Mapping[str, int]:
        async with self._connection() as db:
            return {row["symbol"]: row["newest"] for row in await db.fetch(sql.TRADED, venue_account)}

    async def fills(self, venue_account: str) -> Sequence[KnownFill]:
        async with self._connection() as db:
            return [_known_fill(row) for row in await db.fetch(sql.FILLS, venue_account)]

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

    async def remembered(self) -> Sequence[Note]:
        async with self._connection() as db:
            rows = await db.fetch(sql.REMEMBERED)
        return [Note(row["command_id"], Kind(row["kind"]), row["detail"], row["is_public"]) for row in rows]

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
            async with self._pool.acquire(timeout=_TIMEOUT_S) as db:
                yield db
        except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
            raise JournalUnavailable(f"journal: {type(error).__name__}: {error}") from error
        except (asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError) as error:
            raise JournalUnavailable(f"journal: {type(error).__name__}: {error}") from error


def _addressed(writer: Writer, drafts: Sequence[Draft]) -> tuple[Any, ...]:
    return (
        writer.portfolio,
        writer.epoch,
        writer.partition,
        [draft.topic for draft in drafts],
        [draft.key for draft in drafts],
        [draft.payload for draft in drafts],
        [draft.lineage for draft in drafts],
        [draft.trace for draft in drafts],
    )


def _entries(first: int, drafts: Sequence[Draft]) -> list[Entry]:
    return [Entry(first + number, draft) for number, draft in enumerate(drafts)]


def _terms(terms: Terms) -> tuple[Any, ...]:
    values = {name: getattr(terms, name) for name in sql.TERMS}
    return tuple({**values, "side": terms.side.value}.values())


def _progress(order: Order, writer: Writer) -> tuple[Any, ...]:
    return (
        order.state.value,
        order.state in FINAL and order.is_settled,
        order.revision,
        order.reported_filled,
        None if order.ended is None else order.ended.value,
        order.is_acknowledged,
        order.venue_order_id,
        order.reason,
        order.exchange_time_ns,
        order.gate_time_ns,
        writer.epoch,
    )


def _columns(fills: Sequence[Fill]) -> tuple[list[Any], ...]:
    return (
        [fill.fill_id for fill in fills],
        [fill.quantity for fill in fills],
        [fill.price for fill in fills],
        [fill.commission for fill in fills],
        [fill.commission_asset for fill in fills],
        [fill.is_maker for fill in fills],
        [fill.exchange_time_ns for fill in fills],
    )


def _order(row: Any) -> tuple[Order, Context]:
    terms = Terms(**{name: row[name] for name in sql.TERMS if name != "side"}, side=Side(row["side"]))
    fills: dict[str, Decimal] = dict(zip(row["fill_ids"], row["fill_quantities"], strict=True))
    state = State(row["state"])
    order = Order(
        terms=terms,
        state=state,
        # The journal does not say whether the venue was called: it may have been.
        phase=Phase.DONE if state in FINAL else (Phase.LIVE if row["is_acknowledged"] else Phase.CALLING),
        revision=row["revision"],
        fills=fills,
        filled=sum(fills.values(), start=ZERO),
        reported_filled=row["reported_filled"],
        ended=None if row["ended"] is None else State(row["ended"]),
        is_acknowledged=row["is_acknowledged"],
        venue_order_id=row["venue_order_id"],
        reason=row["reason"],
        exchange_time_ns=row["exchange_time_ns"],
        gate_time_ns=row["gate_time_ns"],
    )
    return order, Context(row["decision"], row["identity"], row["lineage"], row["trace"])


def _known_fill(row: Any) -> KnownFill:
    fill = Fill(
        fill_id=row["fill_id"],
        quantity=row["quantity"],
        price=row["price"],
        commission=row["commission"],
        commission_asset=row["commission_asset"],
        is_maker=row["is_maker"],
        exchange_time_ns=row["exchange_time_ns"],
    )
    return KnownFill(row["client_order_id"], row["symbol"], row["side"], fill)
