"""Finding an order's records: from its events back along the lineage to the frame, and on to fills and entries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, Protocol

from sextant.bus.port import Position, Record, TopicPartition
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.market.v1 import events_pb2, frames_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.decimals import ZERO, parse_decimal
from sextant.core.errors import Refused
from sextant.explaining.values import Found
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import LINEAGE, partition_of

ORDERS: Final = "execution.orders.v1"
FILLS: Final = "execution.fills.v1"
ENTRIES: Final = "ledger.entries.v1"
FRAMES: Final = "market.frames.v1"
_CHUNK: Final = 2_000
#: How far around a batch its frames are looked for, ms: they are gathered for half a second.
_AROUND_MS: Final = (2_000, 60_000)
#: A fill's record may be older than the order's by as much as two producers' clocks differ.
_SKEW_MS: Final = 5_000


class OrderNotFound(Refused):
    """No event of the order lies in the part of the log that was searched."""


class LogReader(Protocol):
    """What explaining needs of a log."""

    async def bounds(self, topic: str) -> Mapping[TopicPartition, tuple[int, int]]:
        """Return the oldest offset and the high-water mark of each partition."""

    async def read(self, ranges: Mapping[TopicPartition, tuple[int, int]]) -> Sequence[Record]:
        """Return the records of each range (first offset, offset after the last) that are there, in order per partition."""

    async def since(self, at: TopicPartition, timestamp_ms: int) -> int:
        """Return the first offset that is not older than the instant; the end where there is none."""


async def gather(log: LogReader, order_id: str, *, since_ms: int | None = None) -> Found:
    """Return everything that the log holds of an order. Raises OrderNotFound, BusUnavailable."""
    events = await _events(log, order_id, since_ms)
    partition, begin_ms = events[0].partition, events[0].timestamp_ms - _SKEW_MS
    upstream = await _upstream(log, events[0])
    fills = await _fills(log, order_id, partition, begin_ms, _filled(events))
    return Found(
        order_id=order_id,
        events=events,
        upstream=upstream,
        votes=await _votes(log, upstream.get("ensemble")),
        frames=await _frames(log, upstream.get("ingest")),
        fills=fills,
        entries=await _entries(log, order_id, partition, begin_ms, len(fills)),
    )


async def _events(log: LogReader, order_id: str, since_ms: int | None) -> tuple[Record, ...]:
    """Search all partitions backwards, newest first, until the order's first event has been seen."""
    bounds = await log.bounds(ORDERS)
    stops = {
        at: oldest if since_ms is None else await log.since(at, since_ms)
        for at, (oldest, _) in bounds.items()
    }
    heads = {at: end for at, (_, end) in bounds.items()}
    found: list[Record] = []
    searched = 0
    while behind := {at: head for at, head in heads.items() if head > stops[at]}:
        ranges = {at: (max(stops[at], head - _CHUNK), head) for at, head in behind.items()}
        records = await log.read(ranges)
        heads |= {at: start for at, (start, _) in ranges.items()}
        searched += len(records)
        found.extend(record for record in records if record.key == order_id.encode())
        if any(_event(record).revision == 1 for record in found):
            break
        if found:  # an order stays in its portfolio's partition; its first event lies farther back there
            own = TopicPartition(ORDERS, found[0].partition)
            heads = {own: heads[own]}
    if not found:
        raise OrderNotFound(
            f"order {order_id}: no event among the {searched} records of {ORDERS} that were searched; "
            "expected a client order id, such as `sextant topics tail execution.orders.v1` shows as key"
        )
    # A revision that was published twice, because execution died in between, is told once.
    once: dict[int, Record] = {}
    for record in sorted(found, key=lambda record: record.offset):
        once.setdefault(_event(record).revision, record)
    return tuple(once[revision] for revision in sorted(once))


async def _upstream(log: LogReader, event: Record) -> dict[str, Record]:
    """Return what each stage made: every hop names the input of its stage, which is what the stage before had made."""
    hops = Lineage(event.headers.get(LINEAGE, b"")).hops()
    records = await _at(log, [hop.input for hop in hops if hop.input is not None])
    return {TOPICS[record.topic].owner: record for record in records}


async def _votes(log: LogReader, intent: Record | None) -> tuple[Record, ...]:
    if intent is None:
        return ()
    votes = intents_pb2.Intent.FromString(intent.value or b"").votes
    places = [Position(vote.position.topic, vote.position.partition, vote.position.offset) for vote in votes]
    return tuple(await _at(log, places))


async def _frames(log: LogReader, batch_record: Record | None) -> tuple[Record, ...]:
    """Return the pieces of the frame journal that the batch was made from: looked for around its time, then everywhere."""
    if batch_record is None:
        return ()
    batch = events_pb2.EventBatch.FromString(batch_record.value or b"")
    key = f"{batch.venue}/{batch.connection}"
    at = TopicPartition(FRAMES, partition_of(TOPICS[FRAMES], key))
    oldest, end = (await log.bounds(FRAMES))[at]
    for around_ms in _AROUND_MS:
        start = await log.since(at, batch_record.timestamp_ms - around_ms)
        stop = await log.since(at, batch_record.timestamp_ms + around_ms)
        if found := await _frames_between(log, at, max(start, oldest), stop, key, batch):
            return found
    return await _frames_between(log, at, oldest, end, key, batch)


async def _frames_between(
    log: LogReader, at: TopicPartition, start: int, end: int, key: str, batch: events_pb2.EventBatch
) -> tuple[Record, ...]:
    found: list[Record] = []
    for place in range(start, end, _CHUNK):
        for record in await log.read({at: (place, min(end, place + _CHUNK))}):
            if record.key == key.encode() and _holds(
                frames_pb2.FrameBatch.FromString(record.value or b""), batch
            ):
                found.append(record)
    return tuple(found)


def _holds(frames: frames_pb2.FrameBatch, batch: events_pb2.EventBatch) -> bool:
    last = frames.first_sequence + len(frames.lengths) - 1
    is_same_epoch = frames.connection_epoch == batch.connection_epoch
    return is_same_epoch and frames.first_sequence <= batch.last_frame and batch.first_frame <= last


async def _fills(
    log: LogReader, order_id: str, partition: int, begin_ms: int, filled: Decimal
) -> tuple[Record, ...]:
    """Return the order's fills; the search ends where they add up to what the order's newest event says."""
    found: dict[bytes, Record] = {}
    total = ZERO
    if filled == ZERO:
        return ()
    at = TopicPartition(FILLS, partition)
    async for record in _forward(log, at, begin_ms):
        fill = execution_pb2.Fill.FromString(record.value or b"")
        if fill.client_order_id == order_id and record.key not in found:
            found[record.key] = record
            total += parse_decimal(fill.quantity.value, field="quantity")
        if total >= filled:
            break
    return tuple(found.values())


async def _entries(
    log: LogReader, order_id: str, partition: int, begin_ms: int, fills: int
) -> tuple[Record, ...]:
    found: list[Record] = []
    if not fills:
        return ()
    async for record in _forward(log, TopicPartition(ENTRIES, partition), begin_ms):
        if ledger_pb2.Entry.FromString(record.value or b"").client_order_id == order_id:
            found.append(record)
        if len(found) >= fills:
            break
    return tuple(found)


async def _forward(log: LogReader, at: TopicPartition, begin_ms: int) -> AsyncIterator[Record]:
    end = (await log.bounds(at.topic))[at][1]
    for start in range(await log.since(at, begin_ms), end, _CHUNK):
        for record in await log.read({at: (start, min(end, start + _CHUNK))}):
            yield record


async def _at(log: LogReader, positions: Sequence[Position]) -> list[Record]:
    """Return the records at these positions that are still there, in the order of the positions."""
    found: dict[Position, Record] = {}
    waiting = list(dict.fromkeys(positions))
    while waiting:
        # Of one partition one range at a time; two votes may lie in the same one.
        ranges: dict[TopicPartition, tuple[int, int]] = {}
        for position in waiting:
            ranges.setdefault(
                TopicPartition(position.topic, position.partition), (position.offset, position.offset + 1)
            )
        found.update((record.position, record) for record in await log.read(ranges))
        asked = {Position(at.topic, at.partition, start) for at, (start, _) in ranges.items()}
        waiting = [position for position in waiting if position not in asked]
    return [found[position] for position in positions if position in found]


def _event(record: Record) -> execution_pb2.OrderEvent:
    return execution_pb2.OrderEvent.FromString(record.value or b"")


def _filled(events: Sequence[Record]) -> Decimal:
    return max(
        (parse_decimal(_event(record).filled_quantity.value or "0") for record in events), default=ZERO
    )
