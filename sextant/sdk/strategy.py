"""What a strategy is, and what it answers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from sextant.core.errors import InvalidValue
from sextant.core.instruments import Side
from sextant.sdk.views import VectorView

P = TypeVar("P")
M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Signal:
    """What a strategy thinks of the vector's instrument.

    `strength` is 0 (close) to 1 (full size); `expected_edge_bp` is the move in favour that is expected over `horizon_ns`,
    `expected_cost_bp` what taking it costs; the signal is not used later than `valid_for_ns` after its vector. `evidence` holds the
    numbers that led to it. Raises InvalidValue for a value out of range or not finite.
    """

    side: Side
    strength: float
    horizon_ns: int
    valid_for_ns: int
    expected_edge_bp: float
    expected_cost_bp: float
    evidence: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check("strength", self.strength, 0.0 <= self.strength <= 1.0, "0 to 1")
        _check("horizon_ns", self.horizon_ns, self.horizon_ns > 0, "ns above zero")
        _check("valid_for_ns", self.valid_for_ns, self.valid_for_ns > 0, "ns above zero")
        numbers = {"expected_edge_bp": self.expected_edge_bp, "expected_cost_bp": self.expected_cost_bp}
        for name, number in {**numbers, **self.evidence}.items():
            _check(name, number, math.isfinite(number), "a finite number")


class Strategy(ABC, Generic[P, M]):
    """A strategy. One object serves all its instruments; what it remembers of an instrument is in that instrument's memory.

    `parameters_type` and `memory_type` are dataclasses; a memory starts with its defaults and holds numbers, text, lists, dicts and
    dataclasses of such, so that it can be stored and restored bit-equal. Change `version` when the meaning of the memory changes: stored
    memories of another version are not used.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    parameters_type: ClassVar[type[Any]]
    memory_type: ClassVar[type[Any]]

    def __init__(self, parameters: P) -> None:
        self.parameters = parameters

    def needs(self) -> tuple[str, ...]:
        """Return the names of the features that it reads; one that the platform does not compute is an error at start."""
        return ()

    @abstractmethod
    def on_vector(self, vector: VectorView, memory: M) -> Signal | None:
        """Learn from a vector and say what follows from it, or nothing.

        Vectors of an instrument come in order of time, each once. Must depend on nothing but the arguments and the parameters.
        An exception stops the stage: a strategy that fails must not trade on.
        """


def _check(name: str, value: float, holds: bool, expected: str) -> None:
    if not holds:
        raise InvalidValue(f"signal {name}", repr(value), expected)
