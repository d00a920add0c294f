"""Which workers come and go, and when: a schedule from a seed, and what happened."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: Never fewer and never more workers than this.
FEWEST, MOST = 1, 4
#: The first moves of every run: one to four, down to two, and on.
_FIRST: Final = (("add", 3), ("leave", 2), ("kill", 1), ("add", 2), ("leave", 1), ("kill", 1))


class Kind(StrEnum):
    """What is done to the crew."""

    ADD = "add"
    LEAVE = "leave"
    KILL = "kill"


@dataclass(frozen=True, slots=True)
class Move:
    """One change: so many workers come, are asked to leave (SIGTERM), or are killed."""

    kind: Kind
    count: int

    @property
    def is_planned(self) -> bool:
        return self.kind is not Kind.KILL


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made: when (wall clock, ms), and who was there afterwards."""

    move: Move
    begin_ms: int
    end_ms: int
    workers: int

    def __str__(self) -> str:
        verb = {"add": "came", "leave": "left", "kill": "killed"}[self.move.kind]
        return f"{self.move.count} {verb}, {self.workers} work"


def make_moves(seed: int, count: int) -> tuple[Move, ...]:
    """Return `count` moves: the first ones the same in every run, the others drawn, always between the fewest and the most workers."""
    draws = random.Random(seed)
    moves: list[Move] = []
    workers = FEWEST
    for number in range(count):
        if number < len(_FIRST):
            move = Move(Kind(_FIRST[number][0]), _FIRST[number][1])
        else:
            kinds = [kind for kind in Kind if (MOST - workers if kind is Kind.ADD else workers - FEWEST)]
            kind = draws.choice(kinds)
            room = MOST - workers if kind is Kind.ADD else workers - FEWEST
            move = Move(kind, draws.randint(1, room))
        workers += move.count if move.kind is Kind.ADD else -move.count
        moves.append(move)
    return tuple(moves)
