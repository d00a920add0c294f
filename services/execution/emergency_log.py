"""What the emergency door did, in an append-only file of this machine: there with database and broker down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from services.execution.domain.halts import Word
from services.execution.domain.order import Terms
from services.execution.notes import Remembered, note_of_closing, note_of_word, read_entry
from services.execution.private import append, check_private

_OUTCOME: Final = "note"


class EmergencyLog:
    """One line of JSON for each thing, on the disk before it takes effect."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def word(self, word: Word) -> None:
        """Write an operator's word."""
        self._append(note_of_word(word).text)

    def closing(self, terms: Terms) -> None:
        """Write a closing order, before it is sent."""
        self._append(note_of_closing(terms).text)

    def note(self, command_id: str, text: str) -> None:
        """Write what came of something, in words."""
        entry = {"kind": _OUTCOME, "command_id": command_id, "text": text}
        self._append(json.dumps(entry, separators=(",", ":")))

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
            if entry.get("kind") != _OUTCOME:
                read_entry(entry, remembered, f"{self.path}:{number + 1}")
        return remembered

    def _append(self, line: str) -> None:
        # A line that a crash cut short must not swallow this one.
        append(self.path, f"\n{line}\n")
