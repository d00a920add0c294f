"""What the emergency door did, in an append-only file of this machine: there with database and broker down."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.execution.domain.halts import Level, Word
from services.execution.domain.order import Terms
from services.execution.private import append, check_private
from sextant.core.decimals import to_text
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Side


@dataclass(slots=True)
class Remembered:
    """What the file holds: operators' words and the closing orders that were sent."""

    words: list[Word] = field(default_factory=list)
    closings: list[Terms] = field(default_factory=list)


class EmergencyLog:
    """One line of JSON for each thing, on the disk before it takes effect."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def word(self, word: Word) -> None:
        """Write an operator's word."""
        self._append({"kind": "word", **asdict(word), "level": word.level.value})

    def closing(self, terms: Terms) -> None:
        """Write a closing order, before it is sent."""
        numbers = {
            name: to_text(value) for name, value in asdict(terms).items() if isinstance(value, Decimal)
        }
        self._append({"kind": "closing", **asdict(terms), **numbers, "side": terms.side.value})

    def note(self, command_id: str, text: str) -> None:
        """Write what came of something, in words."""
        self._append({"kind": "note", "command_id": command_id, "text": text})

    def read(self) -> Remembered:
        """Return what is remembered; a line that a crash cut short is passed over.

        Raises InvalidValue for a line of another kind, SettingsInvalid for a file that others may have written.
        """
        remembered = Remembered()
        if not self.path.exists():
            return remembered
        check_private(self.path)
        lines = self.path.read_text(encoding="utf-8").split("\n")
        for number, line in enumerate(lines):
            if not line:
                continue
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue
            _take(entry, remembered, f"{self.path}:{number + 1}")
        return remembered

    def _append(self, entry: dict[str, Any]) -> None:
        # A line that a crash cut short must not swallow this one.
        append(self.path, "\n" + json.dumps(entry, separators=(",", ":")) + "\n")


def _take(entry: dict[str, Any], into: Remembered, place: str) -> None:
    kind = entry.pop("kind", None)
    if kind == "word":
        into.words.append(Word(**{**entry, "level": Level(entry["level"])}))
    elif kind == "closing":
        numbers = {name: Decimal(entry[name]) for name in ("quantity", "reserved_notional")}
        price = entry["limit_price"]
        entry.update(numbers, side=Side(entry["side"]), limit_price=None if price is None else Decimal(price))
        into.closings.append(Terms(**entry))
    elif kind != "note":
        raise InvalidValue(place, str(kind), "a word, a closing or a note")
