"""One worker's offline fold of the vectors, and what distinguishes the log of signals from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from proofs.scaling.vectors import VECTORS
from services.strategies.bootstrap import strategies_stage
from sextant.bus.port import Bus
from sextant.contracts.strategies.v1 import signals_pb2
from sextant.core.partitions import MARKET_PARTITIONS
from sextant.core.time import SystemClock
from sextant.demo.report.reading import Sieve, whole_topic
from sextant.runtime.settings import Platform
from sextant.runtime.stamp import Stamper, open_record, record_id_of
from sextant.runtime.worker.engine import Engine
from sextant.runtime.worker.outputs import OutputStamper
from sextant.telemetry.spans import NoSpans

SIGNALS: Final = "strategies.signals.v1"


class Said(NamedTuple):
    """A signal as it must be: where, under which id, with which bytes."""

    partition: int
    signal_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Comparison:
    """What workers said against the fold. `applied` is what a consumer that drops redelivered records sees; `said_again` what it drops.

    `doubled` ids were applied more than once, `other` ones with another value; `contradicted` were said again with another value.
    """

    vectors: int
    expected: int
    applied: int
    said_again: int
    missed: int
    doubled: int
    other: int
    unexpected: int
    contradicted: int
    out_of_order: int

    @property
    def differences(self) -> int:
        """How many signals are not as a single worker would have said them."""
        wrong = self.missed + self.doubled + self.other + self.unexpected
        return wrong + self.contradicted + self.out_of_order


async def folded(bus: Bus, platform: Platform) -> tuple[list[Said], int]:
    """Return what a single worker says of the whole log of vectors, partition by partition, and how many vectors there are."""
    spec = strategies_stage(platform)
    stamper = OutputStamper(Stamper(spec.name, "fold", "local", SystemClock()), NoSpans())
    engines = {number: Engine(spec, number) for number in range(MARKET_PARTITIONS)}
    said: list[Said] = []
    vectors = 0
    async for record in whole_topic(bus, VECTORS):
        vectors += 1
        for outgoing in stamper.stamp(engines[record.partition].feed([open_record(record)]), 0):
            signal = signals_pb2.Signal.FromString(outgoing.value or b"")
            said.append(Said(outgoing.partition, signal.signal_id, outgoing.value or b""))
    return said, vectors


async def logged(bus: Bus) -> tuple[list[Said], Sieve]:
    """Return the signals that a consumer applies, partition by partition, and the sieve that let them through."""
    sieve = Sieve(SIGNALS, compares=True)
    applied = [
        Said(record.partition, record_id_of(record), record.value or b"")
        async for record in whole_topic(bus, SIGNALS)
        if sieve.take(record) is not None
    ]
    return applied, sieve


def compare(vectors: int, expected: Sequence[Said], applied: Sequence[Said], sieve: Sieve) -> Comparison:
    """Return what distinguishes the signals that were applied from those that are expected."""
    wanted, got = {one.signal_id: one for one in expected}, {one.signal_id: one for one in applied}
    counts = Counter(one.signal_id for one in applied)
    common = [name for name in wanted if name in got]
    return Comparison(
        vectors=vectors,
        expected=len(expected),
        applied=len(applied),
        said_again=sieve.redelivered,
        missed=len(wanted) - len(common),
        doubled=sum(count - 1 for count in counts.values()),
        other=sum(wanted[name] != got[name] for name in common),
        unexpected=len(got) - len(common),
        contradicted=len(sieve.contradictions) + len(sieve.problems),
        out_of_order=_out_of_order(expected, applied),
    )


def _out_of_order(expected: Iterable[Said], applied: Iterable[Said]) -> int:
    """Return the partitions whose signals are the same ones in another order."""
    wanted, got = _by_partition(expected), _by_partition(applied)
    return sum(
        wanted[number] != names and sorted(wanted[number]) == sorted(names)
        for number, names in got.items()
        if number in wanted
    )


def _by_partition(said: Iterable[Said]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {}
    for one in said:
        found.setdefault(one.partition, []).append(one.signal_id)
    return found
