"""Revisions: what a look at the files says is what Alembic would run to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from sextant.runtime.migrations import DatabaseUnavailable, migrate, newest_revision, sqlalchemy_url
from sextant.runtime.postgres import OUTAGES
from sextant.runtime.upgrade import config_of, upgrade
from tests.support.postgres import refusing_server

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ROOT / "services" / "ledger" / "adapters" / "migrations"
#: The server starts or stops; all its connections are taken.
PASSING = ("57P03", "53300")


@pytest.mark.parametrize("service", ["execution", "ledger"])
def test_the_newest_file_is_alembics_head(service: str) -> None:
    scripts = ROOT / "services" / service / "adapters" / "migrations"
    assert newest_revision(scripts) == ScriptDirectory.from_config(config_of(scripts)).get_current_head()


@pytest.mark.parametrize("service", ["execution", "ledger"])
def test_a_service_starts_without_the_tools_of_migrations(service: str) -> None:
    code = f"import sys, services.{service}.bootstrap; sys.exit('sqlalchemy' in sys.modules or 'alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("code", PASSING)
async def test_a_server_that_takes_nobody_yet_is_unavailable(code: str) -> None:
    async with refusing_server(code) as dsn:
        with pytest.raises(DatabaseUnavailable, match="takes nobody"):
            await migrate(dsn, schema="ledger", scripts=SCRIPTS)


@pytest.mark.parametrize("code", PASSING)
async def test_so_is_one_that_stops_between_the_look_and_the_upgrade(code: str) -> None:
    """SQLAlchemy wraps what asyncpg says."""
    async with refusing_server(code) as dsn:
        with pytest.raises(OUTAGES, match="takes nobody"):
            await upgrade(sqlalchemy_url(dsn), schema="ledger", scripts=SCRIPTS)
