"""Running migrations: Alembic over asyncpg, one at a time under an advisory lock. Costs a second of imports: needed once per release."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from sextant.runtime.postgres import OUTAGES

_ENVIRONMENT: Final = Path(__file__).parent / "migration_environment"


async def upgrade(url: str, *, schema: str, scripts: Path, to: str = "head") -> None:
    """Create `schema` and run its migrations to the newest, or to an older revision. Raises what is in OUTAGES."""
    engine = create_async_engine(url)
    lock = int.from_bytes(hashlib.sha256(schema.encode()).digest()[:7], "big")
    try:
        async with engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": lock})
            await connection.execute(text(f'create schema if not exists "{schema}"'))
            await connection.run_sync(_upgrade, schema, scripts, to)
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig is not None else None
        if isinstance(cause, OUTAGES):  # as asyncpg said it: callers know no other
            raise cause from None
        raise
    finally:
        await engine.dispose()


def config_of(scripts: Path) -> Config:
    """Return Alembic's configuration for a service's migrations in `scripts`/versions; what runs them is the same for all."""
    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(scripts / "versions"))
    return config


def _upgrade(connection: Connection, schema: str, scripts: Path, to: str) -> None:
    config = config_of(scripts)
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    command.upgrade(config, to)
