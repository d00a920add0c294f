"""Books in Postgres: hot paths by asyncpg, numbers exact in `numeric`; fence, effect and offset in one transaction."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import Any, Final, Self

import asyncpg

from services.ledger.adapters import sql
from services.ledger.domain.audit import Link, append
from services.ledger.domain.books import Book, Position
from services.ledger.domain.entries import Entry, EntryKind, Posting
from services.ledger.reading import FILLS
from services.ledger.store import EPOCH_ROOM, Audited, Booked, Booking, BooksDiffer, Claim, Deed, OwnerFenced
from sextant.bus.port import Position as LogPosition
from sextant.runtime.migrations import DatabaseUnavailable, migrate
from sextant.runtime.postgres import OUTAGES, TIMEOUT_S, open_pool

_SCRIPTS: Final = Path(__file__).parent / "migrations"


class PostgresLedgerStore:
    """A `LedgerStore`. Make it with connect()."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, dsn: str) -> Self:
        """Migrate and connect. Raises DatabaseUnavailable."""
        try:
            await migrate(dsn, schema=sql.SCHEMA, scripts=_SCRIPTS)
            pool = await open_pool(dsn, schema=sql.SCHEMA, least=1, most=4)
        except OUTAGES as error:
            raise _unavailable(error) from error
        return cls(pool)

    async def close(self) -> None:
        """Close the connections; what still runs on them is ended."""
        self._pool.terminate()

    async def check(self) -> None:
        async with self._transaction() as db:
            await db.fetchval("select 1")

    async def acquire(self, topic: str, partition: int, owner: str, now_ns: int) -> Claim:
        async with self._transaction() as db:
            row = await db.fetchrow(sql.ACQUIRE, topic, partition, now_ns, owner, EPOCH_ROOM)
        return Claim(topic, partition, row["epoch"], row["next_offset"])

    async def load(self, portfolio: str) -> Book:
        book = Book(portfolio)
        async with self._transaction(isolation="repeatable_read", readonly=True) as db:
            for row in await db.fetch("select * from balances where portfolio = $1", portfolio):
                book.balances[(row["account"], row["asset"])] = row["amount"]
            for row in await db.fetch(sql.OPENINGS, portfolio, EntryKind.DEPOSIT.value):
                book.openings[(row["account"], row["asset"])] = row["amount"]
            for row in await db.fetch("select * from positions where portfolio = $1", portfolio):
                book.positions[row["instrument"]] = Position(
                    row["quantity"], row["entry_price"], row["realised"]
                )
            for row in await db.fetch("select * from commissions where portfolio = $1", portfolio):
                book.commission[row["asset"]] = row["amount"]
            newest = await db.fetchval("select max(number) from entries where portfolio = $1", portfolio)
            book.entries = newest or 0
        return book

    async def book(
        self, claim: Claim, books: Mapping[str, Book], bookings: Sequence[Booking], next_offset: int | None
    ) -> list[Booked]:
        touched = {booking.entry.portfolio for booking in bookings}
        changed = {portfolio: copy.deepcopy(books[portfolio]) for portfolio in sorted(touched)}
        new: list[Booked] = []
        async with self._transaction() as db:
            await _move(db, claim, next_offset)
            for booking in bookings:
                if await self._insert(db, changed[booking.entry.portfolio], booking):
                    new.append(Booked(booking, changed[booking.entry.portfolio].entries))
            for portfolio in sorted({booked.booking.entry.portfolio for booked in new}):
                await _write_book(db, changed[portfolio])
        for portfolio, book in changed.items():
            target = books[portfolio]
            target.balances, target.openings = book.balances, book.openings
            target.positions, target.commission = book.positions, book.commission
            target.entries = book.entries
        return new

    async def unpublished(self, portfolio: str) -> list[Booked]:
        async with self._transaction() as db:
            return [await _read(db, row) for row in await db.fetch(sql.UNPUBLISHED, portfolio)]

    async def published(self, booked: Sequence[Booked]) -> None:
        async with self._transaction() as db:
            await db.execute(sql.MARK, [each.booking.entry.entry_id for each in booked])

    async def day_start(self, claim: Claim, portfolio: str, day: date, equity: float) -> float:
        async with self._transaction() as db:
            await _move(db, claim, claim.next_offset)
            await db.execute(sql.STATE_DAY, portfolio, day, equity)
            return float(await db.fetchval(sql.DAY, portfolio, day))

    async def append_audit(self, claim: Claim, deeds: Sequence[Deed], next_offset: int) -> list[Audited]:
        new: list[Audited] = []
        async with self._transaction() as db:
            await _move(db, claim, next_offset)
            await db.execute(sql.LOCK_AUDIT)
            row = await db.fetchrow(sql.AUDIT_TAIL)
            tail = Link(**dict(row)) if row else None
            known = {row["source"] for row in await db.fetch(sql.SOURCES, [deed.source for deed in deeds])}
            fresh = {deed.source: deed for deed in deeds if deed.source not in known}
            for deed in fresh.values():
                tail = append(tail, deed.act)
                new.append(Audited(tail, deed.lineage))
                await db.execute(sql.INSERT_LINK, *astuple(tail), deed.lineage, deed.source)
        return new

    async def unpublished_audit(self) -> list[Audited]:
        async with self._transaction() as db:
            rows = [dict(row) for row in await db.fetch(sql.UNPUBLISHED_AUDIT)]
        return [Audited(lineage=row.pop("lineage"), link=Link(**row)) for row in rows]

    async def audit_published(self, audited: Sequence[Audited]) -> None:
        async with self._transaction() as db:
            await db.execute(sql.MARK_AUDIT, [each.link.number for each in audited])

    async def _insert(self, db: Any, book: Book, booking: Booking) -> bool:
        entry = booking.entry
        number = await db.fetchval(
            sql.INSERT_ENTRY,
            entry.entry_id,
            entry.portfolio,
            book.entries + 1,
            entry.kind.value,
            entry.source_id,
            entry.client_order_id,
            entry.exchange_time_ns,
            booking.lineage,
            booking.trace,
            booking.at and booking.at.partition,
            booking.at and booking.at.offset,
        )
        if number is None:
            return False
        lines = [
            (entry.entry_id, place, line.account, line.asset, line.amount)
            for place, line in enumerate(entry.postings)
        ]
        await db.executemany(sql.INSERT_POSTING, lines)
        book.post(entry, booking.fill)
        return True

    @asynccontextmanager
    async def _transaction(self, **options: Any) -> AsyncIterator[Any]:
        try:
            async with self._pool.acquire(timeout=TIMEOUT_S) as db, db.transaction(**options):
                yield db
        except asyncpg.UniqueViolationError as error:
            raise BooksDiffer(f"database: {error}") from error
        except OUTAGES as error:
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(f"database: {type(error).__name__}: {error}")


async def _move(db: Any, claim: Claim, next_offset: int | None) -> None:
    """Hold the partition and move its offset. Raises OwnerFenced."""
    at = (claim.topic, claim.partition)
    if await db.fetchval(sql.MOVE, *at, claim.epoch, claim.next_offset, next_offset) is None:
        row = await db.fetchrow(sql.STANDING, *at)
        raise OwnerFenced(claim, row and row["epoch"], row and row["next_offset"])


async def _read(db: Any, row: Any) -> Booked:
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
    at = None
    if row["input_offset"] is not None:
        at = LogPosition(FILLS, row["input_partition"], row["input_offset"])
    return Booked(Booking(entry, None, row["lineage"], row["trace"], at), row["number"])


async def _write_book(db: Any, book: Book) -> None:
    name = book.portfolio
    await db.executemany(
        sql.WRITE_BALANCE,
        [(name, account, asset, amount) for (account, asset), amount in sorted(book.balances.items())],
    )
    positions = [
        (name, instrument, position.quantity, position.entry_price, position.realised)
        for instrument, position in sorted(book.positions.items())
    ]
    await db.executemany(sql.WRITE_POSITION, positions)
    await db.executemany(
        sql.WRITE_COMMISSION, [(name, asset, amount) for asset, amount in sorted(book.commission.items())]
    )
