"""Books in Postgres: hot paths by asyncpg, numbers exact in `numeric`, effect and offset in one transaction."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg

from services.ledger.domain.audit import Link, append
from services.ledger.domain.books import Book, Position
from services.ledger.domain.entries import Entry, EntryKind, Posting
from services.ledger.store import Booked, Booking, Offsets
from sextant.runtime.migrations import DatabaseUnavailable, migrate

SCHEMA = "ledger"
_AUDIT_LOCK = 7_201_900_341
_SCRIPTS = Path(__file__).parent / "migrations"


class PostgresLedgerStore:
    """A `LedgerStore`. Make it with connect()."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, dsn: str) -> PostgresLedgerStore:
        """Migrate and connect. Raises DatabaseUnavailable."""
        await migrate(dsn, schema=SCHEMA, scripts=_SCRIPTS)
        pool = await asyncpg.create_pool(dsn, min_size=1, max_size=4, server_settings={"search_path": SCHEMA})
        return cls(pool)

    async def close(self) -> None:
        await self._pool.close()

    async def load(self, portfolio: str) -> Book:
        book = Book(portfolio)
        async with self._transaction() as db:
            for row in await db.fetch(
                "select account, asset, amount from balances where portfolio = $1", portfolio
            ):
                book.balances[(row["account"], row["asset"])] = row["amount"]
            for row in await db.fetch("select * from positions where portfolio = $1", portfolio):
                book.positions[row["instrument"]] = Position(
                    row["quantity"], row["entry_price"], row["realised"]
                )
            for row in await db.fetch(
                "select asset, amount from commissions where portfolio = $1", portfolio
            ):
                book.commission[row["asset"]] = row["amount"]
            newest = await db.fetchval("select max(number) from entries where portfolio = $1", portfolio)
            book.entries = newest or 0
        return book

    async def book(
        self, books: Mapping[str, Book], bookings: Sequence[Booking], offsets: Offsets
    ) -> list[Booked]:
        touched = {booking.entry.portfolio for booking in bookings}
        changed = {portfolio: copy.deepcopy(books[portfolio]) for portfolio in sorted(touched)}
        new: list[Booked] = []
        async with self._transaction() as db:
            for booking in bookings:
                if await self._insert(db, changed[booking.entry.portfolio], booking):
                    new.append(Booked(booking, changed[booking.entry.portfolio].entries))
            for portfolio in {booked.booking.entry.portfolio for booked in new}:
                await _write_book(db, changed[portfolio])
            await _write_offsets(db, offsets)
        for portfolio, book in changed.items():
            target = books[portfolio]
            target.balances, target.positions = book.balances, book.positions
            target.commission, target.entries = book.commission, book.entries
        return new

    async def next_offset(self, topic: str, partition: int) -> int | None:
        async with self._transaction() as db:
            query = "select next_offset from offsets where topic = $1 and partition = $2"
            found: int | None = await db.fetchval(query, topic, partition)
            return found

    async def unpublished(self, portfolio: str) -> list[Booked]:
        async with self._transaction() as db:
            query = "select * from entries where portfolio = $1 and not is_published order by number"
            return [await self._read(db, row) for row in await db.fetch(query, portfolio)]

    async def published(self, booked: Sequence[Booked]) -> None:
        ids = [each.booking.entry.entry_id for each in booked]
        async with self._transaction() as db:
            await db.execute("update entries set is_published = true where entry_id = any($1::text[])", ids)

    async def day_start(self, portfolio: str, day: date, equity: float) -> float:
        async with self._transaction() as db:
            insert = "insert into days (portfolio, day, equity) values ($1, $2, $3) on conflict do nothing"
            await db.execute(insert, portfolio, day, equity)
            query = "select equity from days where portfolio = $1 and day = $2"
            return float(await db.fetchval(query, portfolio, day))

    async def append_audit(
        self, actor: str, action: str, detail: dict[str, str], time_ns: int, offsets: Offsets
    ) -> Link:
        async with self._transaction() as db:
            await db.execute("select pg_advisory_xact_lock($1)", _AUDIT_LOCK)
            row = await db.fetchrow("select * from audit order by number desc limit 1")
            link = append(
                Link(**dict(row)) if row else None, actor=actor, action=action, detail=detail, time_ns=time_ns
            )
            insert = (
                "insert into audit (number, actor, action, detail, action_time_ns, previous_hash, hash)"
                " values ($1, $2, $3, $4, $5, $6, $7)"
            )
            values = (link.number, link.actor, link.action, link.detail, link.action_time_ns)
            await db.execute(insert, *values, link.previous_hash, link.hash)
            await _write_offsets(db, offsets)
            return link

    async def _insert(self, db: Any, book: Book, booking: Booking) -> bool:
        entry = booking.entry
        insert = (
            "insert into entries (entry_id, portfolio, number, kind, source_id, client_order_id, exchange_time_ns,"
            " lineage, trace, is_published) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, false)"
            " on conflict (entry_id) do nothing returning number"
        )
        number = await db.fetchval(
            insert,
            entry.entry_id,
            entry.portfolio,
            book.entries + 1,
            entry.kind.value,
            entry.source_id,
            entry.client_order_id,
            entry.exchange_time_ns,
            booking.lineage,
            booking.trace,
        )
        if number is None:
            return False
        await db.executemany(
            "insert into postings (entry_id, line, account, asset, amount) values ($1, $2, $3, $4, $5)",
            [
                (entry.entry_id, number, line.account, line.asset, line.amount)
                for number, line in enumerate(entry.postings)
            ],
        )
        book.post(entry, booking.fill)
        return True

    async def _read(self, db: Any, row: Any) -> Booked:
        lines = await db.fetch("select * from postings where entry_id = $1 order by line", row["entry_id"])
        entry = Entry(
            row["entry_id"],
            row["portfolio"],
            EntryKind(row["kind"]),
            row["source_id"],
            row["client_order_id"],
            row["exchange_time_ns"],
            tuple(Posting(line["account"], line["asset"], line["amount"]) for line in lines),
        )
        return Booked(Booking(entry, None, row["lineage"], row["trace"]), row["number"])

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Any]:
        try:
            async with self._pool.acquire() as db, db.transaction():
                yield db
        except (
            OSError,
            asyncpg.InterfaceError,
            asyncpg.PostgresConnectionError,
            asyncpg.CannotConnectNowError,
        ) as error:
            raise DatabaseUnavailable(f"database: {error}") from error


async def _write_book(db: Any, book: Book) -> None:
    await db.executemany(
        "insert into balances (portfolio, account, asset, amount) values ($1, $2, $3, $4)"
        " on conflict (portfolio, account, asset) do update set amount = excluded.amount",
        [
            (book.portfolio, account, asset, amount)
            for (account, asset), amount in sorted(book.balances.items())
        ],
    )
    await db.executemany(
        "insert into positions (portfolio, instrument, quantity, entry_price, realised) values ($1, $2, $3, $4, $5)"
        " on conflict (portfolio, instrument) do update set quantity = excluded.quantity,"
        " entry_price = excluded.entry_price, realised = excluded.realised",
        [
            (book.portfolio, instrument, position.quantity, position.entry_price, position.realised)
            for instrument, position in sorted(book.positions.items())
        ],
    )
    await db.executemany(
        "insert into commissions (portfolio, asset, amount) values ($1, $2, $3)"
        " on conflict (portfolio, asset) do update set amount = excluded.amount",
        [(book.portfolio, asset, amount) for asset, amount in sorted(book.commission.items())],
    )


async def _write_offsets(db: Any, offsets: Offsets) -> None:
    await db.executemany(
        "insert into offsets (topic, partition, next_offset) values ($1, $2, $3)"
        " on conflict (topic, partition) do update set next_offset = greatest(offsets.next_offset, excluded.next_offset)",
        [(topic, partition, offset) for (topic, partition), offset in sorted(offsets.items())],
    )
