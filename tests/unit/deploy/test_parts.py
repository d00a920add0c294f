"""Each part begins with nothing installed but what its extra asks for: an image of one part holds no more."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from deploy.images.measure import modules
from sextant.cli.main import SUBCOMMANDS
from tests.support.scripts import loaded

ROOT = Path(__file__).resolve().parents[3]
subset = loaded(ROOT / "deploy" / "docker" / "subset.py")
OURS = {"sextant", "sextant-native"}
#: Imports what it is told while everything of other distributions is hidden.
PROBE = """
import importlib, sys
hidden = set(sys.argv[1].split(","))
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"{name} is not installed here", name=name)
sys.meta_path.insert(0, Hidden())
for name in sys.argv[2:]:
    importlib.import_module(name)
"""


@cache
def holders() -> Mapping[str, Sequence[str]]:
    """Which distributions hold a top-level module: read once, it takes a third of a second."""
    return packages_distributions()


@cache
def hidden_from(part: str) -> set[str]:
    """The top-level modules of this environment that no distribution of the part's holds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lock = subset.read_lock((ROOT / "requirements.lock").read_text())
    known = {entry.name for entry in subset.closure(lock, subset.roots(project, [part]))} | OURS
    return {
        module
        for module, held_by in holders().items()
        if not known & {subset.normal(holder) for holder in held_by}
    }


@cache
def alike() -> dict[str, list[str]]:
    """Parts that are brought the same, together: one process tries them all."""
    found: dict[str, list[str]] = {}
    for part in modules("all"):
        found.setdefault(",".join(sorted(hidden_from(part))), []).append(part)
    return {"+".join(parts): parts for parts in found.values()}


@pytest.mark.parametrize("parts", alike().values(), ids=alike())
def test_a_part_imports_nothing_that_its_extra_does_not_bring(parts: list[str]) -> None:
    names = {name for part in parts for name in modules("all")[part]}
    if "operator" in parts:  # all that the command does without starting servers or services here
        targets = {subcommand.target.partition(":")[0] for subcommand in SUBCOMMANDS.values()}
        names |= {target for target in targets if target.startswith("sextant.cli.")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, ",".join(sorted(hidden_from(parts[0]))), *sorted(names)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr.splitlines()[-1]


def test_a_module_of_another_part_is_hidden() -> None:
    assert {"pyarrow", "asyncpg", "grpc", "ccxt", "pytest"} <= hidden_from("risk")
    assert not {"numpy", "aiokafka", "sextant", "services"} & hidden_from("risk")
