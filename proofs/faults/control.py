"""The control: records of the run through a real stage, delivered again as kills leave them, with the identity check on and off.

With the check a redelivered record changes nothing: the stage says what it says of the records delivered once. Without it trades are
counted twice and candles say so; when they do not, the proof could not have seen a doubled record and has proven nothing.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import CollectorRegistry

from services.features.bootstrap import build
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Bus, Outgoing, Record, TopicPartition
from sextant.contracts.features.v1 import features_pb2
from sextant.core.time import SystemClock
from sextant.demo.report.reading import Sieve, whole_topic
from sextant.runtime.health import Health
from sextant.runtime.service import Resources
from sextant.runtime.settings import Process, load_platform
from sextant.runtime.stamp import Stamper, identity_of
from sextant.telemetry.spans import NoSpans

STAGE: Final = "features"
INPUT: Final = "market.validated.v1"
_SIDE: Final = "market.instruments.v1"
CANDLES: Final = "features.candles.v1"
_OUTPUTS: Final = (CANDLES, "features.vectors.v1")
_LONGEST_S: Final = 60.0
#: Records that are replayed, the newest ones.
_LONGEST: Final = 1_000
#: Share of records after which a kill falls, and how many records it may leave uncommitted.
_KILLS: Final = 0.05
_UNCOMMITTED: Final = 10
#: All contents of each identity on each topic.
Said = dict[tuple[str, bytes], set[bytes]]


@dataclass(frozen=True, slots=True)
class Control:
    """`redelivered` of the records were delivered again. `changed` outputs are not what the records delivered once give, with the check
    on; `differing` outputs are not, with the check off, and of them `candles` count `trades` twice.
    """

    records: int
    redelivered: int
    changed: int
    differing: int
    candles: int
    trades: int

    @property
    def has_failed(self) -> bool:
        """Whether the control failed as it must: nothing changed with the check, and trades were counted twice without."""
        return self.changed == 0 < self.trades


async def run_control(bus: Bus, config: Path, seed: int) -> Control:
    """Return what features makes of the market's busiest partition. Raises BusUnavailable, TimeoutError."""
    partitions = await _partitions(bus)
    busiest = max(partitions, key=lambda number: len(partitions[number]), default=0)
    records = partitions.get(busiest, [])[-_LONGEST:]
    once = _once(records)
    again = _killed(records, random.Random(seed))
    sides = [record async for record in whole_topic(bus, _SIDE)]
    wanted = await _said(sides, once, config, frozenset())
    checked = await _said(sides, again, config, frozenset())
    unchecked = await _said(sides, again, config, frozenset({"identity-off"}))
    redelivered = len(again) - len(once)
    changed, differing = _differences(wanted, checked), _differences(wanted, unchecked)
    return Control(len(once), redelivered, changed, differing, *counted_twice(wanted, unchecked))


def _killed(records: Sequence[Record], chance: random.Random) -> list[Record]:
    """Return the records as kills between sending and committing leave them: now and then the last few come again."""
    left: list[Record] = []
    for record in records:
        left.append(record)
        if chance.random() < _KILLS:
            left += left[-chance.randint(1, _UNCOMMITTED) :]
    return left


def _once(records: Sequence[Record]) -> list[Record]:
    sieve = Sieve(INPUT)
    return [record for record in records if sieve.take(record) is not None]


def counted_twice(wanted: Said, said: Said) -> tuple[int, int]:
    """Return how many candles count more trades than they should, and how many trades these are in all."""
    extra = [
        _trades(contents) - _trades(wanted[key])
        for key, contents in said.items()
        if key[0] == CANDLES and key in wanted
    ]
    return sum(count > 0 for count in extra), sum(count for count in extra if count > 0)


def _trades(contents: set[bytes]) -> int:
    return max(features_pb2.Candle.FromString(content).trades for content in contents)


def _differences(one: Said, other: Said) -> int:
    return sum(one.get(key) != other.get(key) for key in one.keys() | other.keys())


async def _partitions(bus: Bus) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = {}
    async for record in whole_topic(bus, INPUT):
        found.setdefault(record.partition, []).append(record)
    return found


async def _said(
    sides: Sequence[Record], records: Sequence[Record], config: Path, faults: frozenset[str]
) -> Said:
    """Return what the stage says, all contents of each identity on each topic."""
    log = MemoryLog(SystemClock())
    bus = MemoryBus(log)
    await bus.ensure_topics()
    log.append([_again(record) for record in (*sides, *records)])
    stop = asyncio.Event()
    worker = asyncio.create_task(build(_resources(bus, config, faults)).run(stop))
    ends = Counter(record.partition for record in records)
    try:
        async with asyncio.timeout(_LONGEST_S):
            while not worker.done() and not _is_read(log, ends):
                await log.changed(0.1)
    finally:
        stop.set()
        await worker
    said: Said = {}
    for topic in _OUTPUTS:
        async for record in whole_topic(bus, topic):
            said.setdefault((topic, identity_of(record).encode()), set()).add(record.value or b"")
    return said


def _again(record: Record) -> Outgoing:
    return Outgoing(
        record.topic, record.partition, record.key, record.value, record.headers, record.timestamp_ms
    )


def _is_read(log: MemoryLog, ends: Counter[int]) -> bool:
    group = log.group(STAGE)
    return all((group.committed(TopicPartition(INPUT, number)) or 0) >= end for number, end in ends.items())


def _resources(bus: Bus, config: Path, faults: frozenset[str]) -> Resources:
    clock = SystemClock()
    process = Process.model_validate({"config": config, "faults": faults, "snapshot_s": 600.0})
    return Resources(
        name=STAGE,
        process=process,
        platform=load_platform(config),
        clock=clock,
        bus=bus,
        health=Health(clock),
        metrics=CollectorRegistry(),
        spans=NoSpans(),
        stamper=Stamper(STAGE, "control", "local", clock),
        log=structlog.wrap_logger(structlog.ReturnLogger()),
    )
