"""When which fault strikes: a function of the seed alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sextant.demo.plan import SERVICES

#: The broker is killed with SIGKILL and started again.
BROKER: Final = "broker"
#: Execution is held until another instance has taken over, then let go on.
TAKEOVER: Final = "takeover"

_LARGEST_WAVE: Final = 7
_SMALLEST_WAVE: Final = 4
#: Less than a slow venue takes to answer (`proofs.kill`).
_SPREAD_S: Final = 0.3
#: Between waves. Short, because the next one waits for an order in any case, which says that the platform trades again.
_QUIET_S: Final = (0.3, 1.0)


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault: the target is hit `after_s` after its wave has begun and gets its process back `pause_s` later."""

    target: str
    after_s: float
    pause_s: float


@dataclass(frozen=True, slots=True)
class Wave:
    """Blows that fall close together. The wave begins with the first order that is on its way after `quiet_s` without faults."""

    quiet_s: float
    blows: tuple[Blow, ...]


def make_schedule(seed: int, faults: int) -> tuple[Wave, ...]:
    """Return waves of `faults` faults in all.

    In each whole round every service is killed once, the broker once, and execution is taken over once; what is left beyond
    whole rounds are kills of services. Services fall in waves of four to seven, the broker and the takeover alone.
    """
    chance = random.Random(seed)
    round_size = len(SERVICES) + 2
    waves: list[Wave] = []
    while faults >= round_size:
        alone = [_wave(chance, (BROKER,)), _wave(chance, (TAKEOVER,))]
        whole = [*_service_waves(chance, len(SERVICES)), *alone]
        chance.shuffle(whole)
        waves += whole
        faults -= round_size
    waves += _service_waves(chance, faults)
    return tuple(waves)


def kills_of(target: str, seed: int, kills: int) -> tuple[Wave, ...]:
    """Return waves in each of which `target` alone is killed: who reads from it sees what it says again, and is not killed with it."""
    chance = random.Random(seed)
    return tuple(_wave(chance, (target,)) for _ in range(kills))


def count(schedule: tuple[Wave, ...]) -> int:
    """Return the number of faults."""
    return sum(len(wave.blows) for wave in schedule)


def _service_waves(chance: random.Random, faults: int) -> Iterator[Wave]:
    chosen = chance.sample(SERVICES, min(faults, len(SERVICES)))
    while chosen:
        size = len(chosen)
        if size > _LARGEST_WAVE:
            # What is left over has to fill a wave: a small one takes as long as a large one.
            size = min(chance.randint(_SMALLEST_WAVE, _LARGEST_WAVE), size - _SMALLEST_WAVE)
        yield _wave(chance, chosen[:size])
        chosen = chosen[size:]


def _wave(chance: random.Random, targets: tuple[str, ...] | list[str]) -> Wave:
    blows = (
        Blow(target, round(chance.uniform(0.0, _SPREAD_S), 3), round(chance.uniform(0.0, 2.0), 3))
        for target in targets
    )
    return Wave(round(chance.uniform(*_QUIET_S), 3), tuple(blows))
