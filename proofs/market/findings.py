"""What the log says of a recorded run: frames, books, and when each stage of the line appended what a recorded tick had caused.

Event time is told in the recorder's receive stamps, the clock by which the recording is played: a record stands for the receive stamp
of the `market.events` record that it begins at. (The venues' own stamps are of another clock, 1.27 s away.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from proofs.market.books import BookAgainstQuotes
from proofs.market.lag import Passage
from sextant.bus.port import Bus, Record
from sextant.contracts.columns import open_batch
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import frames_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.identity import Root
from sextant.demo.report.reading import whole_topic
from sextant.runtime.stamp import identity_of

FRAMES, EVENTS, DECISIONS, ORDERS = (
    *("market.frames.v1", "market.events.v1"),
    *("risk.decisions.v1", "execution.orders.v1"),
)
#: Topics whose records carry an event time and begin at a tick, in the order of the line.
TIMED: Final = (
    *("market.validated.v1", "features.candles.v1", "features.vectors.v1"),
    *("strategies.signals.v1", "strategies.intents.v1", DECISIONS),
)


@dataclass(slots=True)
class Findings:
    """`passages` is by topic, in the order of the line; an order is judged by its first event, at the tick of its decision."""

    frames: int = 0
    passages: dict[str, list[Passage]] = field(default_factory=dict)
    books: dict[str, BookAgainstQuotes] = field(default_factory=dict)


async def read_findings(bus: Bus) -> Findings:
    """Read the line's topics whole. Raises BusUnavailable."""
    found = Findings(passages={topic: [] for topic in (FRAMES, *TIMED, ORDERS)})
    await _read_frames(bus, found)
    ticks = await _read_events(bus, found)
    for topic in TIMED:
        async for record in whole_topic(bus, topic):
            _pass(found, topic, ticks.get(identity_of(record).root), record)
    await _read_orders(bus, found, ticks)
    return found


async def _read_frames(bus: Bus, found: Findings) -> None:
    async for record in whole_topic(bus, FRAMES):
        frames = frames_pb2.FrameBatch.FromString(record.value or b"")
        if frames.receive_time_ns and not frames.connection.endswith("-rest"):
            found.frames += len(frames.lengths)
            _pass(found, FRAMES, frames.receive_time_ns[-1], record)


async def _read_events(bus: Bus, found: Findings) -> dict[Root, int]:
    """Return the receive stamp of every batch that holds market data. Statuses alone come by the clock, not by a frame."""
    ticks = {}
    async for record in whole_topic(bus, EVENTS):
        batch = open_batch(record.value or b"")
        found.books.setdefault(batch.instrument, BookAgainstQuotes()).see(batch)
        if _holds_market_data(batch):
            ticks[Root.at(EVENTS, record.partition, record.offset)] = batch.receive_time_ns
    return ticks


async def _read_orders(bus: Bus, found: Findings, ticks: dict[Root, int]) -> None:
    causes = {}
    async for record in whole_topic(bus, DECISIONS):
        decision = risk_pb2.Decision.FromString(record.value or b"")
        causes[decision.decision_id] = identity_of(record).root
    async for record in whole_topic(bus, ORDERS):
        event = execution_pb2.OrderEvent.FromString(record.value or b"")
        cause = causes.get(event.decision_id)
        if event.revision == 1 and cause is not None:
            _pass(found, ORDERS, ticks.get(cause), record)


def _pass(found: Findings, topic: str, stamp_ns: int | None, record: Record) -> None:
    if stamp_ns is not None:
        found.passages[topic].append(Passage(stamp_ns, record.timestamp_ms))


def _holds_market_data(batch: mirror.EventBatch) -> bool:
    return bool(len(batch.quotes.arrival) or len(batch.trades.arrival) or len(batch.depth.arrival))
