"""Hosts the configured strategies of one partition: who sees which instrument, and what each remembers of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from services.strategies.domain.patterns import matches
from sextant.sdk import Signal, Strategy, VectorView
from sextant.sdk.memory import recall, store


@dataclass(frozen=True, slots=True)
class Hosted:
    """One strategy instance of the configuration."""

    name: str
    strategy: Strategy[Any, Any]
    instruments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """Memories of one strategy instance by instrument, and the version of the code that wrote them."""

    version: str
    memories: dict[str, bytes] = field(default_factory=dict)


class Host:
    """The strategies of one partition, in order of their names, so that the configuration's order changes nothing."""

    def __init__(self, hosted: Sequence[Hosted]) -> None:
        self._hosted = sorted(hosted, key=lambda one: one.name)
        self._memories: dict[str, dict[str, Any]] = {one.name: {} for one in self._hosted}
        self._watching: dict[str, list[Hosted]] = {}

    def on_vector(self, vector: VectorView) -> Iterator[tuple[Hosted, Signal]]:
        """Show a vector to every strategy that trades its instrument and yield what they say.

        Strategies learn from every vector. Nothing is said on history, nor without a best bid and ask that may be believed.
        """
        for one in self._watchers(vector.instrument):
            memories = self._memories[one.name]
            memory = memories.get(vector.instrument)
            if memory is None:
                memory = memories[vector.instrument] = one.strategy.memory_type()
            signal = one.strategy.on_vector(vector, memory)
            if signal is not None and vector.has_book and not vector.is_warm_up:
                yield one, signal

    def snapshot(self) -> bytes:
        """Return all memories."""
        stored = {
            one.name: Stored(
                one.strategy.version,
                {instrument: store(memory) for instrument, memory in self._memories[one.name].items()},
            )
            for one in self._hosted
        }
        return msgspec.msgpack.encode(stored)

    def restore(self, state: bytes) -> None:
        """Take back what snapshot() returned. Memories of strategies that are gone, or of another version, are left out."""
        stored: Mapping[str, Stored] = msgspec.msgpack.decode(state, type=dict[str, Stored])
        for one in self._hosted:
            kept = stored.get(one.name)
            if kept is None or kept.version != one.strategy.version:
                continue
            kind = one.strategy.memory_type
            self._memories[one.name] = {name: recall(data, kind) for name, data in kept.memories.items()}

    def _watchers(self, instrument: str) -> list[Hosted]:
        watching = self._watching.get(instrument)
        if watching is None:
            watching = [one for one in self._hosted if matches(instrument, one.instruments)]
            self._watching[instrument] = watching
        return watching
