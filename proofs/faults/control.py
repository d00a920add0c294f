"""The control: the very records of a run, redelivered ones included, through a real stage with the identity check on and off.

With the check a redelivered record changes nothing. Without it trades are counted twice and candles say so: when they do not, the
proof could not have seen a doubled record and has proven nothing.
"""

from __future__ import annotations

import asyncio
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
from sextant.contracts.columns import row_count
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import validated_pb2
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
_OUTPUTS: Final = ("features.candles.v1", "features.vectors.v1")
_LONGEST_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Control:
    """`redelivered` trades were among the input. `contradictions` counts what was said twice and differently with the check on,
    `doubled` the outputs that the check being off made different, because they count something twice.
    """

    records: int
    redelivered: int
    contradictions: int
    doubled: int

    @property
    def has_failed(self) -> bool:
        """Whether the control failed as it must: nothing doubled with the check, something without."""
        return self.contradictions == 0 < self.doubled


async def run_control(bus: Bus, config: Path) -> Control:
    """Return what features makes of the partition of its input that holds most redelivered trades. Raises BusUnavailable, TimeoutError."""
    partitions = await _partitions(bus)
    trades = {number: _redelivered_trades(records) for number, records in partitions.items()}
    chosen = max(trades, key=lambda number: trades[number], default=0)
    records = partitions.get(chosen, [])
    sides = [record async for record in whole_topic(bus, _SIDE)]
    checked = await _said(sides, records, config, frozenset())
    unchecked = await _said(sides, records, config, frozenset({"identity-off"}))
    return Control(
        len(records),
        trades.get(chosen, 0),
        sum(len(values) > 1 for values in checked.values()),
        sum(checked.get(key) != values for key, values in unchecked.items()),
    )


async def _partitions(bus: Bus) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = {}
    async for record in whole_topic(bus, INPUT):
        found.setdefault(record.partition, []).append(record)
    return found


def _redelivered_trades(records: Sequence[Record]) -> int:
    sieve, trades = Sieve(INPUT), 0
    for record in records:
        if sieve.take(record) is None:
            batch = validated_pb2.ValidatedBatch.FromString(record.value or b"").batch
            trades += row_count(mirror.EventBatch.FromString(batch).trades)
    return trades


async def _said(
    sides: Sequence[Record], records: Sequence[Record], config: Path, faults: frozenset[str]
) -> dict[tuple[str, bytes], set[bytes]]:
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
    said: dict[tuple[str, bytes], set[bytes]] = {}
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
