"""Copying schemas out of Postgres in one snapshot, and into a database in their place."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import asyncpg
import zstandard

from sextant.cli.backing.manifest import Backup, BackupUnusable, Table, digest
from sextant.core.errors import Refused
from sextant.core.time import SECOND
from sextant.runtime.migrations import (
    DatabaseUnavailable,
    migrate,
    newest_revision,
    revision_of,
    service_migrations,
    sqlalchemy_url,
)

_CONNECT_S: Final = 5.0
_TABLES: Final = """
select table_name from information_schema.tables
where table_schema = $1 and table_type = 'BASE TABLE' and table_name <> 'alembic_version' order by table_name
"""
_COLUMNS: Final = """
select column_name, is_identity = 'YES' as counts from information_schema.columns
where table_schema = $1 and table_name = $2 and is_generated = 'NEVER' order by ordinal_position
"""
#: Sessions of somebody else in this database: services that still run.
_OTHERS: Final = """
select coalesce(application_name, '') || ' at ' || coalesce(host(client_addr), 'a local socket') from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
"""


class SomebodyWrites(Refused):
    """Services are connected to a database that is to be put in another state."""


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Any]:
    """Hold a connection. Raises DatabaseUnavailable."""
    try:
        db = await asyncpg.connect(dsn, timeout=_CONNECT_S)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseUnavailable(f"database: {error or type(error).__name__}") from error
    try:
        yield db
    finally:
        await db.close()


async def copy_out(dsn: str, folder: Path, ends: dict[str, int]) -> Backup:
    """Copy every service's schema as it stands at one moment; services may go on. Raises DatabaseUnavailable, BackupUnusable.

    `ends` were read before: what lies below them when the copy begins is in the log.
    """
    made_ns = time.time_ns()
    revisions = {name: found for name in service_migrations() if (found := await revision_of(dsn, name))}
    if not revisions:
        raise BackupUnusable("database: expected the schema of at least one service, there was none")
    async with connected(dsn) as db, db.transaction(isolation="repeatable_read", readonly=True):
        tables = [
            await _table_out(db, folder, schema, row["table_name"])
            for schema in revisions
            for row in await db.fetch(_TABLES, schema)
        ]
    backup = Backup(made_ns, metadata.version("sextant"), revisions, tables, ends)
    backup.save(folder)
    return backup


async def copy_in(
    dsn: str, folder: Path, backup: Backup, schemas: Sequence[str], progress: Callable[[str], None]
) -> None:
    """Put schemas back as the backup has them, and bring them to the newest revision.

    What was there stays beside it under another name. Raises SomebodyWrites while services are connected, DatabaseUnavailable, and
    BackupUnusable for one of a newer code.
    """
    for schema in schemas:
        newest = newest_revision(service_migrations()[schema])
        if backup.revisions[schema] > newest:
            raise BackupUnusable(
                f"{schema}: is at {backup.revisions[schema]}, newer than {newest} of this code"
            )
    async with connected(dsn) as db:
        others = [row[0] for row in await db.fetch(_OTHERS)]
        if others:
            raise SomebodyWrites(
                f"database: expected nobody else, found {len(others)} sessions ({', '.join(others[:3])}); stop the services execution and ledger, which both use it"
            )
        for schema in schemas:
            kept = await _set_aside(db, schema)
            if kept:
                progress(f"{schema}: what was there is now {kept}; drop it when it is needed no more")
    from sextant.runtime.upgrade import upgrade

    for schema in schemas:
        scripts = service_migrations()[schema]
        await upgrade(sqlalchemy_url(dsn), schema=schema, scripts=scripts, to=backup.revisions[schema])
        async with connected(dsn) as db, db.transaction():
            for table in backup.tables:
                if table.schema == schema:
                    await _table_in(db, folder, table)
        await migrate(dsn, schema=schema, scripts=scripts)
        rows = sum(table.rows for table in backup.tables if table.schema == schema)
        progress(f"{schema}: {rows} rows put back")


async def _table_out(db: Any, folder: Path, schema: str, name: str) -> Table:
    columns = [row["column_name"] for row in await db.fetch(_COLUMNS, schema, name)]
    file = f"{schema}.{name}.copy.zst"
    with zstandard.open(folder / file, "wb") as target:
        status = await db.copy_from_table(name, schema_name=schema, columns=columns, output=target)
    return Table(schema, name, columns, int(status.split()[-1]), file, digest(folder / file))


async def _table_in(db: Any, folder: Path, table: Table) -> None:
    await db.execute(f'truncate "{table.schema}"."{table.name}"')
    with zstandard.open(folder / table.file, "rb") as source:
        status = await db.copy_to_table(
            table.name, schema_name=table.schema, columns=list(table.columns), source=source
        )
    if int(status.split()[-1]) != table.rows:
        raise BackupUnusable(f"{table.file}: expected {table.rows} rows, was {status}")
    place = f'"{table.schema}"."{table.name}"'
    for row in await db.fetch(_COLUMNS, table.schema, table.name):
        if row["counts"]:  # numbers that the database gives out go on behind those that it gave
            column = row["column_name"]
            await db.execute(
                f'select setval(pg_get_serial_sequence($1, $2), coalesce(max("{column}"), 1)) from {place}',  # noqa: S608
                place,
                column,
            )


async def _set_aside(db: Any, schema: str) -> str:
    if not await db.fetchval("select 1 from information_schema.schemata where schema_name = $1", schema):
        return ""
    kept = f"{schema}_before_{time.time_ns() // SECOND}"
    await db.execute(f'alter schema "{schema}" rename to "{kept}"')
    return kept
