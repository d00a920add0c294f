"""The lock: every distribution pinned with hashes, no address of an index, all that pyproject.toml asks for, and installed as locked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

_PIN: Final = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$"
)
_HASH: Final = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
_ADDRESS: Final = re.compile(r"https?://|--(extra-)?index-url|--find-links|--trusted-host|\bgit\+")


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of a lock with its hashes."""

    name: str
    version: str
    marker: str
    hashes: int

    @property
    def is_for_here(self) -> bool:
        """Whether it is installed on this system and Python."""
        return not self.marker or Marker(self.marker).evaluate()


def pins(text: str) -> list[Pin]:
    """Return what a lock pins. Lines that it cannot read are pins without a hash, so they are told."""
    found: list[Pin] = []
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if stripped.startswith("--hash="):
            if found and _HASH.match(stripped):
                found[-1] = Pin(found[-1].name, found[-1].version, found[-1].marker, found[-1].hashes + 1)
            continue
        match = _PIN.match(stripped)
        name = canonicalize_name(match["name"]) if match else stripped
        found.append(
            Pin(name, match["version"] if match else "", (match["marker"] or "") if match else "", 0)
        )
    return found


def problems(root: Path) -> Iterator[str]:
    """Yield what is wrong with the locks of the tree."""
    for name in ("requirements.lock", "bootstrap.lock"):
        text = (root / name).read_text(encoding="utf-8")
        yield from (f"{name}: {problem}" for problem in lock_problems(text))
    locked = {pin.name: pin for pin in pins((root / "requirements.lock").read_text(encoding="utf-8"))}
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    yield from _unlocked([Requirement(text) for text in asked], locked, project["name"])
    yield from _installed_otherwise(locked)


def lock_problems(text: str) -> Iterator[str]:
    """Yield what is wrong with one lock."""
    for line in text.splitlines():
        if _ADDRESS.search(line.partition("#")[0]):
            yield f"names an address: {line.strip()[:80]}"
    for pin in pins(text):
        if not pin.version:
            yield f"expected NAME==VERSION, was {pin.name[:80]}"
        elif not pin.hashes:
            yield f"{pin.name} {pin.version} has no hash"


def _unlocked(asked: list[Requirement], locked: Mapping[str, Pin], own: str) -> Iterator[str]:
    for requirement in asked:
        pin = locked.get(canonicalize_name(requirement.name))
        if requirement.name == own:
            continue
        if pin is None:
            yield f"requirements.lock: lacks {requirement.name}: make lock"
        elif not requirement.specifier.contains(pin.version, prereleases=True):
            yield f"requirements.lock: {pin.name} {pin.version} is not {requirement.specifier}: make lock"


def _installed_otherwise(locked: Mapping[str, Pin]) -> Iterator[str]:
    for pin in locked.values():
        if not pin.is_for_here:
            continue
        try:
            version = metadata.version(pin.name)
        except metadata.PackageNotFoundError:
            yield f"{pin.name}: locked and not installed: make build"
            continue
        if Version(version) != Version(pin.version):
            yield f"{pin.name}: installed is {version}, locked {pin.version}: make build"
