"""`sextant migrate`: brings the database of every service that has one to the newest schema."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from sextant.cli.running import run
from sextant.core.errors import InvalidValue

_AGAIN_S: Final = 1.0
_SCHEME: Final = "postgres"


def migrate(
    postgres: Annotated[
        str,
        typer.Option(
            envvar="SEXTANT_POSTGRES", show_envvar=True, help="DSN, postgresql://user@host:port/name."
        ),
    ] = "",
    postgres_file: Annotated[
        Path | None,
        typer.Option(envvar="SEXTANT_POSTGRES_FILE", help="File that holds the DSN; wins over --postgres."),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, help="How long to wait for a database that does not answer yet, s.")
    ] = 60.0,
) -> None:
    """Bring the schemas of all services to the newest revision. Running it again, or twice at once, is safe.

    Services migrate their own schema when they start, too: they look first, and whoever comes second finds nothing to do.

    Example: sextant migrate --wait 120
    """
    from sextant.runtime.migrations import newest_revision, service_migrations

    dsn = _dsn(postgres, postgres_file)
    for schema, scripts in service_migrations().items():
        changed = run(_migrate(dsn, schema, scripts, time.monotonic() + wait))
        typer.echo(f"{schema}: {'migrated to' if changed else 'is at'} {newest_revision(scripts)}")


async def _migrate(dsn: str, schema: str, scripts: Path, deadline: float) -> bool:
    """Return whether there was anything to do. Raises DatabaseUnavailable."""
    import asyncpg

    from sextant.runtime.migrations import DatabaseUnavailable, migrate, newest_revision, revision_of
    from sextant.runtime.postgres import OUTAGES

    while True:
        try:
            before = await revision_of(dsn, schema)
            await migrate(dsn, schema=schema, scripts=scripts)
            return before != newest_revision(scripts)
        except (DatabaseUnavailable, *OUTAGES) as error:
            if time.monotonic() >= deadline:
                raise DatabaseUnavailable(f"database: {error or type(error).__name__}") from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DatabaseUnavailable(f"database: {error}") from error
        await asyncio.sleep(_AGAIN_S)


def _dsn(given: str, file: Path | None) -> str:
    try:
        dsn = given if file is None else file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidValue("--postgres-file", str(file), f"a file that holds a DSN ({error})") from error
    if not dsn.startswith(_SCHEME):
        # A DSN may hold a password, so what it was is not said.
        raise InvalidValue(
            "--postgres or --postgres-file", "(not shown)", "a DSN that begins with postgresql://"
        )
    return dsn
