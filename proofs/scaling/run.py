"""One run: vectors flow, workers come and go, costs are taken, and the control begins without what was known."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from proofs.scaling.costs import Cost, caught_up, measure
from proofs.scaling.crew import Crew
from proofs.scaling.feed import VECTORS_A_SECOND, Feed
from proofs.scaling.fold import Comparison, compare, folded, logged
from proofs.scaling.moves import FEWEST, Kind, Move, Moved
from proofs.scaling.pauses import Pause, partitions, pause_of
from proofs.scaling.vectors import Vectors
from sextant.bus.kafka import KafkaBus
from sextant.bus.kafka.lag import KafkaGroupOffsets
from sextant.bus.port import Bus
from sextant.core.time import SystemClock
from sextant.runtime.settings import load_platform

#: The shipped one.
SESSION_TIMEOUT_MS: Final = 6_000
#: A crew works undisturbed at least so long between two moves, s.
_REST_S: Final = 3.0
#: So few vectors under way are a second's worth: the move is over.
_UNDER_WAY: Final = int(VECTORS_A_SECOND)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is done: moves, rounds of the cost and vectors of each, seconds at the steady rate."""

    moves: int
    rounds: int
    vectors: int
    steady_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """`control` compares the same log after workers that began without state: it must find differences."""

    pauses: Sequence[Pause]
    comparison: Comparison
    costs: Sequence[Cost]
    control: Comparison
    unclean: Sequence[str]
    session_timeout_ms: int


class Scaling:
    """The proof on one broker; everything it starts ends with run()."""

    def __init__(
        self, bootstrap: str, folder: Path, seed: int, moves: Sequence[Move], scale: Scale,
        progress: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._bootstrap, self._seed, self._scale, self._progress = bootstrap, seed, scale, progress
        self._moves, self._draws = moves, random.Random(seed)
        self._crew = Crew(bootstrap, folder, SESSION_TIMEOUT_MS)
        self._platform = load_platform(self._crew.write_config())

    async def run(self) -> Outcome:
        """Raises ChildFailed, TimeoutError, StackError, BusUnavailable."""
        bus = KafkaBus(self._bootstrap, client_id="sextant-proof")
        await bus.start()
        try:
            await bus.ensure_topics()
            async with KafkaGroupOffsets(self._bootstrap) as offsets:
                return await self._run(bus, offsets)
        finally:
            await asyncio.to_thread(self._crew.close)
            await bus.stop()

    async def _run(self, bus: Bus, offsets: KafkaGroupOffsets) -> Outcome:
        crew, feed = self._crew, Feed(bus, Vectors(self._seed, SystemClock()))
        crew.add(FEWEST)
        await crew.ready()
        async with feed.steady():
            await asyncio.sleep(_REST_S)
            moved = [await self._move(move, bus, offsets) for move in self._moves]
        await caught_up(bus, offsets)
        found = await partitions(bus)
        costs: list[Cost] = []
        if self._scale.rounds:
            costs = await measure(
                bus, offsets, crew, feed,
                rounds=self._scale.rounds, vectors=self._scale.vectors, steady_s=self._scale.steady_s,
                progress=self._progress,
            )  # fmt: skip
        await crew.leave(crew.names)
        self._progress("the fold: one worker's answers to the whole log, compared with what was said")
        comparison = await self._compare(bus)
        self._progress("the control: workers that begin without what was known before them")
        control = await self._control(bus, offsets, feed)
        return Outcome(
            pauses=[pause_of(each, found) for each in moved],
            comparison=comparison,
            costs=costs,
            control=control,
            unclean=list(crew.unclean),
            session_timeout_ms=SESSION_TIMEOUT_MS,
        )

    async def _move(self, move: Move, bus: Bus, offsets: KafkaGroupOffsets) -> Moved:
        crew, begin_ms = self._crew, time.time_ns() // 1_000_000
        chosen = self._draws.sample(list(crew.names), move.count) if move.kind is not Kind.ADD else []
        if move.kind is Kind.ADD:
            crew.add(move.count)
        elif move.kind is Kind.LEAVE:
            await crew.leave(chosen)
        else:
            crew.kill(chosen)
            await asyncio.sleep(SESSION_TIMEOUT_MS / 1_000)
        await crew.ready()
        await caught_up(bus, offsets, but=_UNDER_WAY)
        await asyncio.sleep(_REST_S)
        moved = Moved(move, begin_ms, time.time_ns() // 1_000_000, len(crew.names))
        self._progress(f"{moved}; {moved.end_ms - begin_ms} ms until all is well, rest included")
        return moved

    async def _compare(self, bus: Bus) -> Comparison:
        expected, vectors = await folded(bus, self._platform)
        applied, sieve = await logged(bus)
        return compare(vectors, expected, applied, sieve)

    async def _control(self, bus: Bus, offsets: KafkaGroupOffsets, feed: Feed) -> Comparison:
        self._crew = crew = replace(self._crew, prefix="c", faults=frozenset({"recovery-off"}))
        crew.add(2)
        await crew.ready()
        async with feed.steady():
            await asyncio.sleep(_REST_S)
            await crew.leave(crew.names[:1])
            await asyncio.sleep(_REST_S)
        await caught_up(bus, offsets)
        await crew.leave(crew.names)
        return await self._compare(bus)
