"""What one vector costs at one, two and four workers: processor time of the workers' processes, at saturation and at a steady rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Final

from proofs.scaling.crew import STAGE, Crew
from proofs.scaling.feed import VECTORS_A_SECOND, Feed
from proofs.scaling.vectors import VECTORS
from sextant.bus.kafka.lag import KafkaGroupOffsets, lags
from sextant.bus.port import Bus

CREWS: Final = (1, 2, 4)
#: How much the cost of a vector may differ from that at one worker.
TOLERANCE: Final = 0.10
_LONGEST_S: Final = 120.0
#: After this long without work a crew shows what it uses to be there.
_IDLE_S: Final = 4.0
#: So many vectors are written in a second or two: a crew that is held meanwhile stays in its group.
_HELD_FOR: Final = 20_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a crew: us of processor time a vector with the log full and at the steady rate, and the share of a core that a worker takes when
    nothing comes. `net_us` is the steady cost without that. `ratios` has for each round the cost with the log full against that of one
    worker in the same round: a shared machine changes its speed from minute to minute, and both alike."""

    workers: int
    full_us: float
    steady_us: float
    net_us: float
    idle: float
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return median(self.ratios)


@dataclass(slots=True)
class _Measured:
    full: list[float]
    steady: list[float]
    idle: list[float]

    def rounds(self) -> list[float]:
        """Return the cost at saturation of each round, which measures every crew twice."""
        return [mean(pair) for pair in zip(self.full[::2], self.full[1::2], strict=True)]


async def measure(
    bus: Bus,
    offsets: KafkaGroupOffsets,
    crew: Crew,
    feed: Feed,
    *,
    rounds: int,
    vectors: int,
    steady_s: float,
    progress: Callable[[str], None],
) -> list[Cost]:
    """Return the medians of `rounds` rounds, each of which measures every crew twice. Begins and ends with whoever works; raises what Crew.ready() raises."""
    measured = {count: _Measured([], [], []) for count in CREWS}
    for _ in range(rounds):
        # Forwards and backwards, so that what grows with the log or the hour meets every crew alike.
        for count in (*CREWS, *reversed(CREWS)):
            await _resize(crew, count)
            await caught_up(bus, offsets)
            one = measured[count]
            one.idle.append(await _idle(crew))
            one.full.append(await _full(bus, offsets, crew, feed, vectors))
            one.steady.append(await _steady(bus, offsets, crew, feed, steady_s))
            progress(f"{count} workers: {one.full[-1]:.0f} us full, {one.steady[-1]:.0f} us steady")
    return [_cost(count, each, measured[CREWS[0]]) for count, each in measured.items()]


async def caught_up(bus: Bus, offsets: KafkaGroupOffsets, *, but: int = 0) -> None:
    """Wait until everything but so many vectors is answered and committed. Raises TimeoutError."""
    async with asyncio.timeout(_LONGEST_S):
        while True:
            if await behind(bus, offsets) <= but:
                return
            await asyncio.sleep(0.1)


async def behind(bus: Bus, offsets: KafkaGroupOffsets) -> int:
    """Return how many vectors are not committed yet."""
    ends = await bus.end_offsets(VECTORS)
    return sum(lags(ends, await offsets.committed(STAGE), [VECTORS]).values())


def shortfalls(costs: Sequence[Cost]) -> list[str]:
    """Return where the cost of a vector at saturation is not that of one worker."""
    return [
        f"{cost.workers} workers: expected the cost of one worker within {TOLERANCE:.0%}, was {cost.ratio:.2f} times that"
        for cost in costs
        if abs(cost.ratio - 1.0) > TOLERANCE
    ]


async def _resize(crew: Crew, count: int) -> None:
    names = crew.names
    if len(names) > count:
        await crew.leave(names[count:])
    else:
        crew.add(count - len(names))
    await crew.ready()
    await asyncio.sleep(1.0)
    await crew.ready()


async def _idle(crew: Crew) -> float:
    before = crew.cpu_s()
    await asyncio.sleep(_IDLE_S)
    return (crew.cpu_s() - before) / _IDLE_S / len(crew.names)


async def _full(bus: Bus, offsets: KafkaGroupOffsets, crew: Crew, feed: Feed, vectors: int) -> float:
    """Every crew finds the log full, however quick it is: none waits for what is still being written."""
    made, before = feed.vectors.made, crew.cpu_s()
    for done in range(0, vectors, _HELD_FOR):
        records = feed.make(min(_HELD_FOR, vectors - done))
        with crew.held():
            await feed.write(records)
        await caught_up(bus, offsets)
    return (crew.cpu_s() - before) / (feed.vectors.made - made) * 1e6


async def _steady(bus: Bus, offsets: KafkaGroupOffsets, crew: Crew, feed: Feed, seconds: float) -> float:
    made, before = feed.vectors.made, crew.cpu_s()
    async with feed.steady():
        await asyncio.sleep(seconds)
    await caught_up(bus, offsets)
    return (crew.cpu_s() - before) / (feed.vectors.made - made) * 1e6


def _cost(count: int, each: _Measured, one: _Measured) -> Cost:
    steady, idle = median(each.steady), median(each.idle)
    return Cost(
        workers=count,
        full_us=median(each.full),
        steady_us=steady,
        net_us=steady - idle * count / VECTORS_A_SECOND * 1e6,
        idle=idle,
        ratios=tuple(ours / alone for ours, alone in zip(each.rounds(), one.rounds(), strict=True)),
    )
