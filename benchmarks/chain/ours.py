"""A hop of ours: the bus and the stamps alone, or the whole worker with a stage that passes everything on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog
from prometheus_client import CollectorRegistry

from benchmarks.chain.stages import BASE, message_for, pass_on
from benchmarks.chain.topics import Hop
from benchmarks.common.config import CONFIG
from sextant.bus.kafka import KafkaBus
from sextant.bus.port import Outgoing, Record, TopicPartition
from sextant.core.time import SystemClock
from sextant.runtime.health import Health
from sextant.runtime.service import Resources
from sextant.runtime.settings import Process, load_platform
from sextant.runtime.stamp import Stamper, open_record, root_for_outputs
from sextant.runtime.worker import Worker
from sextant.telemetry.spans import NoSpans

_POLL_S = 0.1
_COMMIT_S = 0.2
_MAX_RECORDS = 2_000


async def run_worker(bootstrap: str, hop: Hop, stop: asyncio.Event) -> None:
    """Run the stage in the worker, as its service does: identity, journal, snapshots, metrics, commits."""
    bus = await KafkaBus(bootstrap, client_id=f"{hop.stage}-0").start()
    try:
        await Worker(_resources(hop.stage, bus), pass_on(hop.stage, hop.source, hop.target)).run(stop)
    finally:
        await bus.stop()


async def run_bus(bootstrap: str, hop: Hop, stop: asyncio.Event) -> None:
    """Open, stamp and send each record without the worker: what the bus and the record format cost alone."""
    bus = await KafkaBus(bootstrap, client_id=f"{hop.stage}-bus").start()
    try:
        await _work(bus, hop, stop)
    finally:
        await bus.stop()


async def _work(bus: KafkaBus, hop: Hop, stop: asyncio.Event) -> None:
    consumer = await bus.group(f"bus-{hop.stage}", [hop.source], _Stateless(), instance="bus")
    producer, stamper = bus.producer(), Stamper(hop.stage, "0", "local", SystemClock())
    committed, ahead = time.monotonic(), dict[TopicPartition, int]()
    while not stop.is_set():
        polled = await consumer.poll(max_records=_MAX_RECORDS, timeout_s=_POLL_S)
        in_ns = time.time_ns()
        said = [
            _said(stamper, hop.target, record, in_ns) for records in polled.values() for record in records
        ]
        if said:
            await producer.send(said)
        ahead |= {at: records[-1].offset + 1 for at, records in polled.items() if records}
        if ahead and time.monotonic() - committed >= _COMMIT_S:
            committed = time.monotonic()
            await consumer.commit(ahead)
            ahead = {}


def _said(stamper: Stamper, target: str, record: Record, in_ns: int) -> Outgoing:
    opened = open_record(record)
    lineage = opened.lineage.with_hop(stamper.hop(in_ns, opened.position))
    identity = root_for_outputs(opened).child(0)
    return stamper.outgoing(target, BASE, BASE, message_for(target, b"", opened), identity, lineage)


class _Stateless:
    """A listener that has nothing to build or drop."""

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {}

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        return None


def _resources(stage: str, bus: KafkaBus) -> Resources:
    clock = SystemClock()
    return Resources(
        name=stage,
        process=Process.model_validate({"config": CONFIG}),
        platform=load_platform(CONFIG),
        clock=clock,
        bus=bus,
        health=Health(clock),
        metrics=CollectorRegistry(),
        spans=NoSpans(),
        stamper=Stamper(stage, "0", "local", clock),
        log=structlog.wrap_logger(structlog.ReturnLogger()),
    )
