"""What operators have stopped, by scope: the newest word of each scope counts, whatever the order in which words arrive."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from sextant.core.scopes import GLOBAL, covers, lifts

#: Begins the id of a word that nobody gave: a venue stated what cannot be true together.
CONTRADICTION: Final = "contradiction-"


class Level(Enum):
    """How far a scope is stopped."""

    RUNNING = "running"
    HALTED = "halted"
    FLAT = "flattened"


_ORDER: Final = (Level.RUNNING, Level.HALTED, Level.FLAT)


@dataclass(frozen=True, slots=True)
class Word:
    """An operator's order about a scope ("global" or "portfolio/<name>"), given at `time_ns`.

    `is_public`: it lies in `control.commands.v1`, where everybody else hears of it.
    """

    command_id: str
    scope: str
    level: Level
    time_ns: int
    reason: str = ""
    operator: str = ""
    is_public: bool = False


@dataclass(slots=True)
class Halts:
    """The newest word per scope. A global resume also lifts older words of portfolios."""

    words: dict[str, Word] = field(default_factory=dict)
    resumed_ns: int = -1

    def hear(self, word: Word) -> bool:
        """Take a word; return whether it changes its scope. Of two at one time the one that stops more counts."""
        if word.scope == GLOBAL and word.level is Level.RUNNING:
            self.resumed_ns = max(self.resumed_ns, word.time_ns)
        known = self.words.get(word.scope)
        if known is not None and _weight(known) >= _weight(word):
            return False
        self.words[word.scope] = word
        return True

    def level(self, portfolio: str) -> Level:
        """Return how far a portfolio is stopped: by its own scope or by the global one."""
        levels = [word.level for word in self.standing() if covers(word.scope, portfolio)]
        return max(levels, key=_ORDER.index, default=Level.RUNNING)

    @property
    def is_any(self) -> bool:
        """Whether anything is stopped."""
        return any(word.level is not Level.RUNNING for word in self.standing())

    def flattened(self) -> list[Word]:
        """Return the words that keep a scope flat now."""
        return [word for word in self.standing() if word.level is Level.FLAT]

    def is_flat_by(self, command_id: str) -> bool:
        """Return whether a command keeps its scope flat now."""
        return any(word.command_id == command_id for word in self.flattened())

    def standing(self) -> list[Word]:
        """Return the words that count now."""
        return [
            word
            for word in self.words.values()
            if word.scope == GLOBAL or not lifts(GLOBAL, self.resumed_ns, word.scope, word.time_ns)
        ]


def _weight(word: Word) -> tuple[int, int]:
    return (word.time_ns, _ORDER.index(word.level))
