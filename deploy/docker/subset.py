"""Pick from the one lock what an installation needs: the entries of some extras, hashes and all, and nothing else.

`python subset.py LOCK PYPROJECT EXTRA...` prints requirements for an installer that is told not to resolve. Standard library only: it
runs before anything is installed. Which package needs which is read from the lock's own "via" notes, so no index is asked and nothing is
resolved anew. What somebody else wanted of an optional part of a shared package comes along; what is needed is never left out.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_ENTRY = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==")
_NOTE = re.compile(r"^ +# +(?:via(?: |$))?(.*)$")
_REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")


@dataclass(frozen=True)
class Entry:
    """One package of the lock: its lines as they stand, and the names of those that asked for it."""

    name: str
    lines: tuple[str, ...]
    needed_by: frozenset[str]


def normal(name: str) -> str:
    """Return a distribution's name in the form in which names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(text: str) -> list[Entry]:
    """Return the entries in order; a package has several where it is locked apart for different Pythons.

    Raises ValueError for a lock without hashes or without notes of who needs what.
    """
    blocks: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if match := _ENTRY.match(line):
            blocks.append((normal(match[1]), [line]))
        elif blocks and line.strip():
            blocks[-1][1].append(line)
    entries = [Entry(name, tuple(lines), frozenset(_needed_by(lines))) for name, lines in blocks]
    for entry in entries:
        if not entry.needed_by or not any("--hash=" in line for line in entry.lines):
            raise ValueError(
                f"{entry.name}: expected hashes and a note of who needs it, found neither or one"
            )
    return entries


def roots(project: Mapping[str, object], extras: Iterable[str]) -> set[str]:
    """Return the names that the project's own dependencies and these extras ask for. Raises ValueError for an unknown extra."""
    table = project["project"]
    assert isinstance(table, dict)
    own, optional = normal(table["name"]), table.get("optional-dependencies", {})
    names: set[str] = set()
    seen: set[str] = set()
    waiting = [*table.get("dependencies", []), f"{own}[{','.join(extras)}]"]
    while waiting:
        match = _REQUIREMENT.match(waiting.pop().strip())
        assert match is not None
        if normal(match[1]) != own:
            names.add(normal(match[1]))
            continue
        for extra in filter(None, (part.strip() for part in (match[2] or "").split(","))):
            if extra not in optional:
                raise ValueError(f"extra: expected one of {', '.join(sorted(optional))}, was {extra!r}")
            if extra not in seen:
                seen.add(extra)
                waiting += optional[extra]
    return names


def closure(lock: Sequence[Entry], names: Iterable[str]) -> list[Entry]:
    """Return the entries of the names and of everything that they need, in the lock's order."""
    known = {entry.name for entry in lock}
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in known:
            raise ValueError(f"{name}: expected an entry in the lock, found none; run make lock")
        if name not in wanted:
            wanted.add(name)
            waiting += [entry.name for entry in lock if name in entry.needed_by]
    return [entry for entry in lock if entry.name in wanted]


def _needed_by(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        match = _NOTE.match(line)
        if match and match[1].strip():
            yield normal(match[1].split()[0])


def main(arguments: list[str]) -> int:
    """Print the subset; return 0, or 1 after a sentence that says what is wrong."""
    lock, project, *extras = arguments
    try:
        entries = read_lock(Path(lock).read_text(encoding="utf-8"))
        asked = roots(tomllib.loads(Path(project).read_text(encoding="utf-8")), extras)
        for entry in closure(entries, asked):
            print("\n".join(entry.lines))
    except ValueError as error:
        print(f"{lock}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
