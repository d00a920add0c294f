"""Revisions: what a look at the files says is what Alembic would run to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from sextant.runtime.migrations import newest_revision
from sextant.runtime.upgrade import config_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("service", ["execution", "ledger"])
def test_the_newest_file_is_alembics_head(service: str) -> None:
    scripts = ROOT / "services" / service / "adapters" / "migrations"
    assert newest_revision(scripts) == ScriptDirectory.from_config(config_of(scripts)).get_current_head()


@pytest.mark.parametrize("service", ["execution", "ledger"])
def test_a_service_starts_without_the_tools_of_migrations(service: str) -> None:
    code = f"import sys, services.{service}.bootstrap; sys.exit('sqlalchemy' in sys.modules or 'alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
