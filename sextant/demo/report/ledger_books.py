"""The ledger's tables by SQL, and the hash that two equal runs share."""

from __future__ import annotations

import hashlib
import json

import asyncpg

from sextant.demo.report.evidence import BalanceRow, EntryRow, PositionRow, PostingRow, Tables
from sextant.demo.report.exact import exact


class PostgresBooks:
    """`LedgerBooks` in the ledger's schema of a Postgres database."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def tables(self) -> Tables:
        """Read all tables in one transaction. Raises OSError when the database does not answer or has no such tables."""
        try:
            db = await asyncpg.connect(self._dsn)
            try:
                async with db.transaction(isolation="repeatable_read", readonly=True):
                    return await _read(db)
            finally:
                await db.close()
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise OSError(f"ledger's database: {error!r}") from error


async def _read(db: asyncpg.Connection) -> Tables:
    entries = await db.fetch(
        "select entry_id, portfolio, number, kind, source_id, client_order_id from ledger.entries"
    )
    postings = await db.fetch("select entry_id, line, account, asset, amount from ledger.postings")
    balances = await db.fetch("select portfolio, account, asset, amount from ledger.balances")
    positions = await db.fetch(
        "select portfolio, instrument, quantity, entry_price, realised from ledger.positions"
    )
    return Tables(
        [EntryRow(*row) for row in entries],
        [PostingRow(*row) for row in postings],
        [BalanceRow(*row) for row in balances],
        [PositionRow(*row) for row in positions],
    )


def state_hash(tables: Tables) -> str:
    """Return SHA-256 over the rows in canonical order and text. Stamps are no part of them, numbers count by value, not by scale."""
    rows: list[tuple[object, ...]] = []
    for entry in tables.entries:
        key = ("entry", entry.portfolio, entry.number, entry.entry_id)
        rows.append((*key, entry.kind, entry.source_id, entry.client_order_id))
    for line in tables.postings:
        rows.append(("posting", line.entry_id, line.line, line.account, line.asset, exact(line.amount)))
    for balance in tables.balances:
        rows.append(("balance", balance.portfolio, balance.account, balance.asset, exact(balance.amount)))
    for position in tables.positions:
        numbers = (
            exact(position.quantity),
            position.entry_price.hex(),
            position.realised.hex(),
        )
        rows.append(("position", position.portfolio, position.instrument, *numbers))
    digest = hashlib.sha256()
    for text in sorted(json.dumps(row, separators=(",", ":")) for row in rows):
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()
