"""Broker bytes per venue byte: what the log holds of frames, events and validated batches, measured on a real broker's segments.

The feed, the publisher and triangulation are the platform's own, in this process; only the sockets are left out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from prometheus_client import CollectorRegistry

from benchmarks.chain.broker import Broker
from benchmarks.common.config import CONFIG
from benchmarks.common.tapes import Tape
from services.ingest.adapters.publisher import Publisher
from services.ingest.adapters.records import Records
from services.ingest.metrics import IngestMetrics
from services.triangulation.bootstrap import triangulation_stage
from sextant.bus.kafka import KafkaBus
from sextant.bus.layout import registry_layouts
from sextant.bus.port import Outgoing
from sextant.contracts.topics import TOPICS
from sextant.core.time import SECOND, SystemClock
from sextant.runtime.health import Health
from sextant.runtime.service import Resources
from sextant.runtime.settings import Platform, Process, load_platform
from sextant.runtime.settings.platform import Independence, Protocol, Venue
from sextant.runtime.stamp import Stamper
from sextant.runtime.worker import Worker
from sextant.telemetry.spans import NoSpans
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.binance.subscriptions import plan
from simulator.replay.recording import Venue as RecordedVenue

GOAL: Final = 2.5
COUNTED: Final = ("market.frames.v1", "market.events.v1", "market.validated.v1")
_DRAIN_S: Final = 60.0
_TICK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Footprint:
    """What was played and what the log holds of it: batches of events, bytes by topic."""

    frames: int
    batches: int
    venue_bytes: int
    broker_bytes: dict[str, int]

    @property
    def ratio(self) -> float:
        return sum(self.broker_bytes.values()) / self.venue_bytes


async def footprint(broker: Broker, tapes: Sequence[Tape], *, seconds: float, speed: float) -> Footprint:
    """Play `seconds` of the tapes at `speed` times their pace through a broker that holds nothing yet."""
    bus = await KafkaBus(broker.bootstrap, client_id="bench").start()
    stop = asyncio.Event()
    work: asyncio.Task[None] | None = None
    try:
        wanted = {
            *COUNTED,
            *(each.name for each in TOPICS.values() if each.owner in ("ingest", "triangulation")),
        }
        await bus.create_topics([layout for layout in registry_layouts() if layout.name in wanted])
        resources = _resources(bus, tapes)
        venues = [
            _Venue(resources, bus, [each for each in tapes if each.venue is venue])
            for venue in _markets(tapes)
        ]
        await bus.producer().send([record for venue in venues for record in venue.rules()])
        work = asyncio.create_task(Worker(resources, triangulation_stage(resources.platform)).run(stop))
        return await _play(broker, bus, venues, seconds=seconds, speed=speed)
    finally:
        stop.set()
        if work is not None:
            await work
        await bus.stop()


class _Venue:
    """One market's feed and publisher, books whole and everything said before they are counted."""

    def __init__(self, resources: Resources, bus: KafkaBus, tapes: Sequence[Tape]) -> None:
        self.tapes = tapes
        self._instruments = [tape.instrument for tape in tapes]
        name, market = tapes[0].venue.value, tapes[0].market
        connections = plan(market, self._instruments, 50, is_recording=True)
        self.connection = connections[0].name
        self.feed = VenueFeed(name, market, connections)
        self._records = Records(Stamper("ingest", "0", "local", resources.clock), name, time.time_ns())
        metrics = IngestMetrics(CollectorRegistry())
        self.publisher = Publisher(self.feed, bus.producer(), self._records, metrics, lambda: None)
        self.feed.connected(self.connection, 1, 1)
        for tape, instrument in zip(tapes, self._instruments, strict=True):
            for frame in tape.lead:
                self.feed.on_frame(frame.raw, frame.receive_ns, self.connection)
            self.feed.on_snapshot(instrument.name, tape.snapshot, tape.lead[-1].receive_ns)

    def rules(self) -> list[Outgoing]:
        return [self._records.instrument(each, time.time_ns()) for each in self._instruments]

    def take(self, raw: bytes, receive_ns: int) -> None:
        self.feed.on_frame(raw, receive_ns, self.connection)
        self.publisher.newest_ns = time.time_ns()
        self.publisher.wake()


async def _play(
    broker: Broker, bus: KafkaBus, venues: Sequence[_Venue], *, seconds: float, speed: float
) -> Footprint:
    sending = [asyncio.create_task(venue.publisher.run()) for venue in venues]
    try:
        for venue in venues:
            venue.publisher.wake()
        await _journalled(venues)
        batches = await _settled(bus)
        before = {topic: broker.appended_bytes(topic) for topic in COUNTED}
        frames = _window(venues, seconds)
        await _paced(frames, speed)
        for venue in venues:
            venue.publisher.close()
        await asyncio.gather(*sending)
        batches = await _settled(bus) - batches
    finally:
        for task in sending:
            task.cancel()
    after = {topic: broker.appended_bytes(topic) for topic in COUNTED}
    size = sum(len(raw) for _, _, raw in frames)
    return Footprint(len(frames), batches, size, {topic: after[topic] - before[topic] for topic in COUNTED})


def _window(venues: Sequence[_Venue], seconds: float) -> list[tuple[int, _Venue, bytes]]:
    """Return the frames of the first `seconds` in which all tapes run, in the order of their stamps."""
    start = max(tape.frames[0].receive_ns for venue in venues for tape in venue.tapes)
    end = start + int(seconds * SECOND)
    found = [
        (frame.receive_ns, venue, frame.raw)
        for venue in venues
        for tape in venue.tapes
        for frame in tape.frames
        if frame.receive_ns < end
    ]
    return sorted(found, key=lambda each: each[0])


async def _paced(frames: Sequence[tuple[int, _Venue, bytes]], speed: float) -> None:
    """Hand each frame over when it is due; what is due together is one drain of the socket."""
    began, first = time.monotonic_ns(), frames[0][0]
    for receive_ns, venue, raw in frames:
        wait_s = ((receive_ns - first) / speed - (time.monotonic_ns() - began)) / SECOND
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        venue.take(raw, receive_ns)


async def _journalled(venues: Sequence[_Venue]) -> None:
    """Wait until the frames before the counted ones have left: the journal gathers for a moment. Raises TimeoutError."""
    async with asyncio.timeout(_DRAIN_S):
        while any(venue.feed.pending_bytes for venue in venues):  # noqa: ASYNC110  # a feed has no event for it
            await asyncio.sleep(_TICK_S)


async def _settled(bus: KafkaBus) -> int:
    """Wait until triangulation has answered every batch in the log; return how many there are. Raises TimeoutError."""
    async with asyncio.timeout(_DRAIN_S):
        held = -1
        while True:
            events, validated = [sum((await bus.end_offsets(topic)).values()) for topic in COUNTED[1:]]
            if events == validated == held:
                return events
            held = events
            await asyncio.sleep(_TICK_S)


def _markets(tapes: Sequence[Tape]) -> list[RecordedVenue]:
    return list(dict.fromkeys(tape.venue for tape in tapes))


def _resources(bus: KafkaBus, tapes: Sequence[Tape]) -> Resources:
    clock = SystemClock()
    return Resources(
        name="triangulation",
        process=Process.model_validate({"config": CONFIG}),
        platform=_platform(tapes),
        clock=clock,
        bus=bus,
        health=Health(clock),
        metrics=CollectorRegistry(),
        spans=NoSpans(),
        stamper=Stamper("triangulation", "0", "local", clock),
        log=structlog.wrap_logger(structlog.ReturnLogger()),
    )


def _platform(tapes: Sequence[Tape]) -> Platform:
    """Return the shipped platform with the recording's three books as its venues."""
    shipped = load_platform(CONFIG)
    venues = {
        tape.venue.value: Venue(
            protocol=Protocol(tape.market.value),
            operator="binance",
            quote=tape.instrument.quote,
            rest_url="http://127.0.0.1",
            stream_url="ws://127.0.0.1",
        )
        for tape in tapes
    }
    triangulation = shipped.triangulation.model_copy(update={"independence": Independence.BOOK})
    return shipped.model_copy(update={"venues": venues, "triangulation": triangulation})
