"""What is found of an order in the log, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sextant.bus.port import Position, Record


@dataclass(frozen=True, slots=True)
class Found:
    """The records of one order, or of an intent that became none. `origin` is the first event, or the decision, or the intent alone.

    `name` is what was asked for; `upstream[stage]` is what that stage made on the way; frames, fills, entries in log order.
    """

    name: str
    origin: Record
    events: tuple[Record, ...]
    upstream: dict[str, Record] = field(default_factory=dict)
    votes: tuple[Record, ...] = ()
    frames: tuple[Record, ...] = ()
    fills: tuple[Record, ...] = ()
    entries: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain. Times are ns since the epoch of the wall clock of whoever did it; 0 where nobody said.

    `facts` are labels with values; `rows` is a small table with `columns`; `problem` says what could not be shown.
    """

    name: str
    stage: str
    at: Position | None
    begin_ns: int
    end_ns: int
    facts: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Timed:
    """A step with its latencies, ns: waited since the step before, took itself, and in all since the chain began. None where unknown."""

    step: Step
    waited_ns: int | None
    took_ns: int | None
    total_ns: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole chain of an order, oldest step first. `trace_id` in hexadecimal digits, empty for an operator's order."""

    title: str
    summary: str
    trace_id: str
    steps: tuple[Timed, ...]
