"""Sends records into a chain at a rate and takes them at its end: every one exactly once, and how long each took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.chain.bare import Template
from benchmarks.chain.client import bare_producer, bare_reader, header_of
from benchmarks.chain.processes import Chain
from benchmarks.chain.stages import BASE
from benchmarks.chain.topics import FIRST
from benchmarks.common.runs import percentile
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.core.identity import Identity, Root
from sextant.core.partitions import market_partition
from sextant.core.time import SystemClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import LINEAGE, Stamper

_WARM_S = 90.0
_AGAIN_S = 1.0
_LOST_S = 30.0
_POLL_MS = 100
_PARTITION = market_partition(BASE)


@dataclass(frozen=True, slots=True)
class Side:
    """One chain as the driver sees it: where records enter, where they come out, who works in between."""

    source: str
    target: str
    target_partition: int
    chain: Chain


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent in one run: `count` records of one batch, `rate` a second; all at once where the rate is 0."""

    name: str
    batch: mirror.EventBatch
    events: int
    rate: int
    count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run cost: CPU of all hops, latency of every record in ms."""

    cpu_s: float
    latencies_ms: tuple[float, ...]

    def latency(self, share: float) -> float:
        return percentile(self.latencies_ms, share)


class Driver:
    """One producer and one reader, the same for both sides, with the bare client."""

    def __init__(self, bootstrap: str, sides: Sequence[Side]) -> None:
        self._producer: AIOKafkaProducer = bare_producer(bootstrap)
        ends = {side.target: side.target_partition for side in sides}
        self._reader: AIOKafkaConsumer = bare_reader(bootstrap, ends)
        self._stamper = Stamper("ingest", "0", "local", SystemClock())
        self._sequence = 0
        self._came: dict[str, list[tuple[int, int]]] = {side.target: [] for side in sides}
        self.newest: dict[str, Any] = {}
        self._arrived = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._producer.start()
        await self._reader.start()
        await self._reader.seek_to_end()
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        await self._reader.stop()
        await self._producer.stop()

    async def warm_up(self, side: Side, batch: mirror.EventBatch) -> Template:
        """Send until something comes out; return that record. Raises RuntimeError when nothing does in time."""
        deadline = time.monotonic() + _WARM_S
        self._came[side.target].clear()
        sent = 0
        while not self._came[side.target]:
            if time.monotonic() > deadline:
                raise RuntimeError(f"nothing came out of {side.target} within {_WARM_S:.0f} s")
            await side.chain.cpu_s()
            await self._send(side, batch)
            sent += 1
            await self._wait(side, sent, _AGAIN_S)
        await self._wait(side, sent, _LOST_S)
        record = self.newest[side.target]
        return Template(record.key, record.value, tuple(record.headers), record.partition)

    async def run(self, side: Side, load: Load) -> Outcome:
        """Send a load and wait for all of it. Raises RuntimeError where a record is lost, doubled or out of order."""
        came = self._came[side.target]
        came.clear()
        before = await side.chain.cpu_s()
        sent = await self._play(side, load)
        await self._wait(side, load.count, _LOST_S)
        after = await side.chain.cpu_s()
        if [stamp for stamp, _ in came] != sent:
            raise RuntimeError(
                f"{side.target}: sent {len(sent)} records, {len(came)} came, or in another order"
            )
        return Outcome(after - before, tuple((at - stamp) / 1e6 for stamp, at in came))

    async def _play(self, side: Side, load: Load) -> list[int]:
        stamps: list[int] = []
        began = time.monotonic()
        for number in range(load.count):
            if load.rate:
                wait_s = began + number / load.rate - time.monotonic()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
            stamps.append(await self._send(side, load.batch))
        return stamps

    async def _send(self, side: Side, batch: mirror.EventBatch) -> int:
        """Send one record with an identity of its own; its first hop says when."""
        self._sequence += 1
        stamp = time.time_ns()
        identity = Identity(Root("driver", 0, self._sequence))
        lineage = Lineage().with_hop(self._stamper.hop(stamp, None))
        record = self._stamper.outgoing(FIRST, BASE, BASE, batch, identity, lineage)
        headers = list(record.headers.items())
        await self._producer.send(side.source, record.value, record.key, _PARTITION, None, headers)
        return stamp

    async def _wait(self, side: Side, count: int, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while len(self._came[side.target]) < count:
            remaining_s = deadline - time.monotonic()
            if remaining_s <= 0:
                return
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), remaining_s)
            except TimeoutError:
                return

    async def _read(self) -> None:
        while True:
            batches = await self._reader.getmany(timeout_ms=_POLL_MS)
            now = time.time_ns()
            for at, records in batches.items():
                for record in records:
                    first = Lineage(header_of(record.headers, LINEAGE)).first()
                    assert first is not None
                    self._came[at.topic].append((first.in_ns, now))
                    self.newest[at.topic] = record
            if batches:
                self._arrived.set()
