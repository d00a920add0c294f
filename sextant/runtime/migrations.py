"""Bringing one service's Postgres schema up to date: Alembic over asyncpg, one at a time under an advisory lock."""

from __future__ import annotations

import hashlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from sextant.core.errors import Retryable


class DatabaseUnavailable(Retryable):
    """Nobody answers at the DSN, or the login is refused."""


async def migrate(dsn: str, *, schema: str, scripts: Path) -> None:
    """Create `schema` and run its migrations to the newest. Concurrent starts are safe: the second waits and finds nothing to do.

    `scripts` is the folder with env.py and versions/. Raises DatabaseUnavailable.
    """
    engine = create_async_engine(sqlalchemy_url(dsn))
    lock = int.from_bytes(hashlib.sha256(schema.encode()).digest()[:7], "big")
    try:
        async with engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": lock})
            await connection.execute(text(f'create schema if not exists "{schema}"'))
            await connection.run_sync(_upgrade, schema, scripts)
    except OSError as error:
        raise DatabaseUnavailable(f"database: {error}") from error
    finally:
        await engine.dispose()


def sqlalchemy_url(dsn: str) -> str:
    """Return the DSN in SQLAlchemy's form for asyncpg."""
    scheme, separator, rest = dsn.partition("://")
    if not separator or not scheme.startswith("postgres"):
        raise DatabaseUnavailable("database: expected a DSN such as postgresql://user@host:5432/name")
    return f"postgresql+asyncpg://{rest}"


def _upgrade(connection: Connection, schema: str, scripts: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    command.upgrade(config, "head")
