"""What a screen is made of: cells with a tone, rows, panels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Tone(Enum):
    """How much a cell asks to be looked at."""

    PLAIN = "plain"
    TITLE = "title"
    DIM = "dim"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text."""

    text: str
    tone: Tone = Tone.PLAIN


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """A table. The first heading is its title; `align` has "l" or "r" for each column.

    `rank` 0 is the most important: where there is no room, panels of the highest rank go first. `least` rows are shown even then.
    `side` is the column on a wide screen.
    """

    headings: tuple[str, ...]
    align: str
    rows: tuple[Row, ...]
    rank: int
    side: int
    least: int = 1


@dataclass(frozen=True, slots=True)
class Screen:
    """Everything to show: a line on top, then panels in their order."""

    top: Row
    panels: tuple[Panel, ...]


NOTHING: Row = (Cell("nothing yet", Tone.DIM),)


def plain(*texts: str) -> Row:
    """Return a row of plain cells."""
    return tuple(Cell(text) for text in texts)


def side_tone(side: str) -> Tone:
    return {"BUY": Tone.GOOD, "SELL": Tone.WARN}.get(side, Tone.BAD)


def sign_tone(value: float) -> Tone:
    if round(value, 2) == 0:
        return Tone.PLAIN
    return Tone.GOOD if value > 0 else Tone.BAD
