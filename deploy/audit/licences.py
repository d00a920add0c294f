"""Licences of what is installed, against what is allowed; exceptions have a reason, and some may be in no image."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_LIST: Final = Path(__file__).with_name("licences.toml")
#: The licences that an expression names; "AND" and "OR" alike: each must be allowed.
_BETWEEN: Final = re.compile(r"\s+AND\s+|\s+OR\s+|\s+WITH\s+|;")
_PREFIX: Final = "License :: OSI Approved :: "
#: What only developers install.
_DEVELOPMENT: Final = "dev"
#: Metadata that hold the licence's text begin with its name.
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Installed:
    """A distribution and its licence in its own words."""

    name: str
    licence: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What is allowed; `exceptions` by distribution, and those of them that no part of the platform may need."""

    allowed: frozenset[str]
    exceptions: Mapping[str, str]
    development_only: frozenset[str]

    @classmethod
    def load(cls, path: Path = _LIST) -> Rules:
        """Read the list. Raises KeyError where an exception has no reason."""
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        exceptions = raw.get("exception", [])
        return cls(
            frozenset(raw["allowed"]),
            {each["name"]: each["reason"] for each in exceptions},
            frozenset(each["name"] for each in exceptions if each.get("development_only")),
        )


def installed() -> list[Installed]:
    """Return every distribution of this environment with its licence."""
    done = subprocess.run(
        [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json", "--with-system"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return [Installed(canonicalize_name(each["Name"]), each["License"]) for each in json.loads(done.stdout)]


def problems(found: Iterable[Installed], rules: Rules, needed: Iterable[str]) -> Iterator[str]:
    """Yield what is not allowed. `needed` are the distributions that parts of the platform need."""
    platform = frozenset(needed)
    names = set()
    for each in found:
        names.add(each.name)
        strange = [name for name in _names(each.licence) if name not in rules.allowed]
        if strange and each.name not in rules.exceptions:
            yield f"{each.name}: expected an allowed licence, was {', '.join(strange)[:_LONGEST_NAME]}"
        if each.name in rules.development_only and each.name in platform:
            yield f"{each.name}: is for development only, and a part of the platform needs it"
    for name in sorted(rules.exceptions.keys() - names):
        yield f"{name}: has an exception and is not installed: take it out of {_LIST.name}"


def needed_by_platform(own: str = "sextant") -> frozenset[str]:
    """Return the distributions that the platform and its extras need, without the one of developers."""
    requirements = [Requirement(text) for text in metadata.requires(own) or ()]
    extras = {
        extra for extra in metadata.metadata(own).get_all("Provides-Extra") or () if extra != _DEVELOPMENT
    }
    waiting = [
        each
        for each in requirements
        if each.marker is None or any(_applies(each, extra) for extra in ("", *extras))
    ]
    found: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *requirement.extras):
            if (name, extra) in found or name == own:
                continue
            found.add((name, extra))
            try:
                below = metadata.requires(name) or ()
            except metadata.PackageNotFoundError:
                continue
            waiting += [each for each in map(Requirement, below) if _applies(each, extra)]
    return frozenset(name for name, _ in found)


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _names(licence: str) -> Iterator[str]:
    for part in _BETWEEN.split(licence):
        name = part.strip().removeprefix(_PREFIX)
        # Brackets are of an expression, unless they are part of a name.
        while name.startswith("(") or name.count(")") > name.count("("):
            name = name[1:] if name.startswith("(") else name[: name.rindex(")")]
        if name:
            yield name
