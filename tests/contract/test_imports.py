"""What the pure parts import: a list of what they may, which import-linter (a list of what one may not) cannot say."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
DOMAINS: Final = sorted(path for path in (ROOT / "services").glob("*/domain/*.py"))
CORE: Final = sorted((ROOT / "sextant" / "core").rglob("*.py"))
#: A pure function has no clock, no network, no other process, no chance and no `async`: time and ids are arguments.
IMPURE: Final = {
    *("asyncio", "http", "logging", "multiprocessing", "os", "random", "secrets"),
    *("socket", "subprocess", "threading", "time", "urllib", "uuid"),
}
NUMBERS: Final = frozenset(("numpy", "numba"))


def imported(source: str) -> Iterator[str]:
    """Yield the full name of everything that a module imports, also inside of functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def stranger(name: str, own: str) -> bool:
    """Return whether a domain module of the package `own` must not import `name`."""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names:
        return top in IMPURE
    return top not in NUMBERS and not f"{name}.".startswith(("sextant.core.", f"{own}."))


@pytest.mark.parametrize("path", DOMAINS, ids=lambda path: str(path.relative_to(ROOT)))
def test_domains_import_the_standard_library_numbers_core_and_themselves(path: Path) -> None:
    own = ".".join(path.relative_to(ROOT).parent.parts)
    found = [name for name in imported(path.read_text(encoding="utf-8")) if stranger(name, own)]
    assert not found, f"{path}: a pure module imports {', '.join(found)}"


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_core_imports_the_standard_library_and_itself(path: Path) -> None:
    for name in imported(path.read_text(encoding="utf-8")):
        is_standard = name.partition(".")[0] in sys.stdlib_module_names
        assert is_standard or f"{name}.".startswith("sextant.core."), f"{path} imports {name}"


@pytest.mark.parametrize(
    "line",
    [
        "import asyncio",
        "from aiokafka import AIOKafkaProducer",
        "import pandas as pd",
        "from sextant.contracts.topics import TOPICS",
        "from services.risk.messages import read",
        "from services.ledger.domain.books import Books",
        "from . import messages",
    ],
)
def test_what_is_not_pure_is_found(line: str) -> None:
    names = list(imported(f"def late():\n    {line}\n"))
    assert [stranger(name, "services.risk.domain") for name in names] == [True]


def test_what_is_looked_at_is_there() -> None:
    assert len(DOMAINS) > 20
    assert len(CORE) > 5
