"""What operators have stopped, by scope: the newest word of each scope counts, whatever the order in which words arrive."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

GLOBAL: Final = "global"


class Level(Enum):
    """How far a scope is stopped."""

    RUNNING = "running"
    HALTED = "halted"
    FLAT = "flattened"


_ORDER: Final = (Level.RUNNING, Level.HALTED, Level.FLAT)


@dataclass(frozen=True, slots=True)
class Word:
    """An operator's order about a scope ("global" or "portfolio/<name>"), given at `time_ns`."""

    command_id: str
    scope: str
    level: Level
    time_ns: int
    reason: str = ""


@dataclass(slots=True)
class Halts:
    """The newest word per scope."""

    words: dict[str, Word] = field(default_factory=dict)

    def hear(self, word: Word) -> bool:
        """Take a word; return whether it changes its scope. Of two at one time the one that stops more counts."""
        known = self.words.get(word.scope)
        if known is not None and (known.time_ns, _ORDER.index(known.level)) >= (
            word.time_ns,
            _ORDER.index(word.level),
        ):
            return False
        self.words[word.scope] = word
        if word.scope == GLOBAL and word.level is Level.RUNNING:
            self._resume_older(word)
        return True

    def level(self, portfolio: str) -> Level:
        """Return how far a portfolio is stopped: by its own scope or by the global one."""
        levels = [
            self.words[scope].level for scope in (GLOBAL, f"portfolio/{portfolio}") if scope in self.words
        ]
        return max(levels, key=_ORDER.index, default=Level.RUNNING)

    @property
    def is_any(self) -> bool:
        """Whether anything is stopped."""
        return any(word.level is not Level.RUNNING for word in self.words.values())

    def flattened(self) -> list[Word]:
        """Return the words that keep a scope flat now."""
        return [word for word in self.words.values() if word.level is Level.FLAT]

    def _resume_older(self, resume: Word) -> None:
        for scope, word in list(self.words.items()):
            if word.time_ns <= resume.time_ns and word.level is not Level.RUNNING:
                self.words[scope] = Word(
                    resume.command_id, scope, Level.RUNNING, resume.time_ns, resume.reason
                )


def covers(scope: str, portfolio: str) -> bool:
    """Return whether a scope includes a portfolio."""
    return scope in (GLOBAL, f"portfolio/{portfolio}")
