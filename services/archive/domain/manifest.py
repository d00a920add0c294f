"""The manifest of one topic: which offsets lie in which file. The archive reads on after it, so that nothing is twice or missing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from sextant.core.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Part:
    """One file: a run of offsets of one partition. `first` and `last` are inclusive; holes are offsets the log no longer had."""

    topic: str
    partition: int
    first: int
    last: int
    rows: int
    file: str
    sha256: str

    def line(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


def parse_manifest(text: str, *, source: str) -> list[Part]:
    """Return the parts; a last line that a crash cut short is ignored. Raises InvalidValue for any other unreadable line."""
    lines = text.split("\n")
    parts = []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            parts.append(Part(**json.loads(line)))
        except (ValueError, TypeError) as error:
            if number == len(lines):
                break
            raise InvalidValue(f"{source}:{number}", line[:100], "a part of a manifest") from error
    return parts


def next_offsets(parts: Iterable[Part], known: Mapping[int, int] | None = None) -> dict[int, int]:
    """Return the offset after the last archived one of each partition; `known` is what the parts before these leave."""
    following = dict(known or {})
    for part in parts:
        following[part.partition] = max(following.get(part.partition, 0), part.last + 1)
    return following


def problems(parts: Sequence[Part]) -> list[str]:
    """Return what is wrong with a manifest: overlaps, holes between parts, rows that do not fill their run. Empty when whole."""
    found = []
    expected: dict[int, int] = {}
    for part in parts:
        where = f"{part.topic}/{part.partition}"
        start = expected.get(part.partition)
        if start is not None and part.first != start:
            found.append(
                f"{where}: expected offset {start} next, the file {part.file} begins at {part.first}"
            )
        if part.rows != part.last - part.first + 1:
            found.append(
                f"{where}: {part.file} holds {part.rows} rows for offsets {part.first} to {part.last}"
            )
        expected[part.partition] = part.last + 1
    return found
