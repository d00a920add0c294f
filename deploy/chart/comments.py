"""Reads the text beside each key of values.yaml: it is the documentation of the values, once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_KEY: Final = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z]+):(?P<rest>.*)$")
_BESIDE: Final = re.compile(r"(?:^|\s)# (?P<text>.+)$")


def comments_of(values: Path) -> dict[str, str]:
    """Return the comment of each key that stands on a line of its own, by its dotted path: the lines above it, then the text beside it."""
    found: dict[str, str] = {}
    above: list[str] = []
    path: list[tuple[int, str]] = []
    for line in values.read_text(encoding="utf-8").splitlines():
        if line.strip().startswith("# "):
            above.append(line.strip()[2:])
            continue
        match = _KEY.match(line)
        if match is None:
            above = []
            continue
        indent = len(match["indent"])
        path = [(depth, key) for depth, key in path if depth < indent] + [(indent, match["key"])]
        beside = _BESIDE.search(match["rest"])
        text = " ".join([*above, beside["text"] if beside else ""]).strip()
        if text:
            found[".".join(key for _, key in path)] = text
        above = []
    return found
