"""Bringing one service's Postgres schema up to date; a look is enough where it already is."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from sextant.core.errors import Retryable
from sextant.runtime.postgres import OUTAGES


class DatabaseUnavailable(Retryable):
    """Nobody answers at the DSN, a server that starts, stops or is full takes nobody, or the login is refused."""


async def migrate(dsn: str, *, schema: str, scripts: Path) -> None:
    """Create `schema` and run its migrations to the newest. Concurrent starts are safe: the second waits and finds nothing to do.

    `scripts` is the folder with versions/. Raises DatabaseUnavailable.
    """
    url = sqlalchemy_url(dsn)
    try:
        if await revision_of(dsn, schema) == newest_revision(scripts):
            return
        from sextant.runtime.upgrade import upgrade  # a service that starts again need not pay for it

        await upgrade(url, schema=schema, scripts=scripts)
    except OUTAGES as error:
        raise DatabaseUnavailable(f"database: {error or type(error).__name__}") from error


def service_migrations() -> Mapping[str, Path]:
    """Return where the migrations of each service that has a database lie, by the name of its schema, which is the service's."""
    found = find_spec("services")
    places = list(found.submodule_search_locations or ()) if found else []
    return {
        scripts.parent.parent.name: scripts
        for place in places
        for scripts in sorted(Path(place).glob("*/adapters/migrations"))
    }


def newest_revision(scripts: Path) -> str:
    """Return the newest revision of a folder of migrations: files are named `<revision>_<what>.py`, revisions are numbered."""
    return max((path.name.partition("_")[0] for path in (scripts / "versions").glob("[0-9]*.py")), default="")


def sqlalchemy_url(dsn: str) -> str:
    """Return the DSN in SQLAlchemy's form for asyncpg."""
    scheme, separator, rest = dsn.partition("://")
    if not separator or not scheme.startswith("postgres"):
        raise DatabaseUnavailable("database: expected a DSN such as postgresql://user@host:5432/name")
    return f"postgresql+asyncpg://{rest}"


async def revision_of(dsn: str, schema: str) -> str | None:
    """Return the revision that a schema says it has; None when it never was migrated. Raises OSError, asyncpg.PostgresError."""
    db = await asyncpg.connect(dsn)
    try:
        found: str | None = await db.fetchval(f'select version_num from "{schema}".alembic_version')  # noqa: S608
        return found
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return None
    finally:
        await db.close()
