"""The database: whether it answers, what it runs, how far its clock is from ours, and whether its schemas are of this code."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from sextant.cli.doctoring.findings import Finding, fail, ok, warn
from sextant.runtime.migrations import newest_revision, revision_of, service_migrations

_CONNECT_S: Final = 3.0
_OLDEST: Final = 14
#: How far the database's clock may be from ours beyond the time of the question, ms.
_LARGEST_MS: Final = 250.0


async def database(dsn: str) -> list[Finding]:
    """Return how the database stands."""
    try:
        import asyncpg
    except ImportError:
        return [
            warn("postgres", "asyncpg is not installed, so it was not asked", "pip install 'sextant[ledger]'")
        ]
    try:
        db = await asyncpg.connect(dsn, timeout=_CONNECT_S)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        says = f"no answer: {error or type(error).__name__}"
        return [fail("postgres", says, "sextant stack up, or mend SEXTANT_POSTGRES or SEXTANT_POSTGRES_FILE")]
    try:
        findings = [_server(db), await _clock(db)]
    finally:
        await db.close()
    findings += [await _schema(dsn, name, scripts) for name, scripts in service_migrations().items()]
    return findings


def _server(db: Any) -> Finding:
    version = db.get_server_version()
    says = f"Postgres {version.major}.{version.minor}"
    if version.major < _OLDEST:
        return warn("postgres", says, f"Sextant is tested with Postgres {_OLDEST} and newer: upgrade")
    return ok("postgres", says)


async def _clock(db: Any) -> Finding:
    before = time.time()
    theirs = float(await db.fetchval("select extract(epoch from clock_timestamp())::float8"))
    after = time.time()
    off_ms = max(theirs - after, before - theirs, 0.0) * 1_000
    says = f"its clock is within {off_ms + (after - before) * 1_000:.1f} ms of ours"
    if off_ms > _LARGEST_MS:
        return warn(
            "postgres clock", f"its clock is {off_ms:.0f} ms from ours", "let a time service keep both"
        )
    return ok("postgres clock", says)


async def _schema(dsn: str, name: str, scripts: Path) -> Finding:
    newest, has = newest_revision(scripts), await revision_of(dsn, name)
    if has == newest:
        return ok(f"schema {name}", f"migrated to {newest}")
    if has is None:
        return warn(f"schema {name}", "not there yet", f"services.{name} makes it when it starts")
    if has > newest:
        return fail(f"schema {name}", f"at {has}, newer than {newest} of this code", "run the newer code")
    return warn(
        f"schema {name}",
        f"at {has}, and this code has {newest}",
        f"services.{name} migrates it when it starts",
    )
