"""The frames of a connection's journal that a batch was made from."""

from __future__ import annotations

from typing import Final

from sextant.bus.port import Record, TopicPartition
from sextant.contracts.market.v1 import events_pb2, frames_pb2
from sextant.contracts.topics import TOPICS
from sextant.explaining.reader import CHUNK, LogReader
from sextant.runtime.stamp import partition_of

FRAMES: Final = "market.frames.v1"
#: How far around a batch its frames are looked for, ms: they are gathered for half a second, and a slow broker takes them later.
_AROUND_MS: Final = (2_000, 30_000)


async def frames_of(log: LogReader, batch_record: Record | None) -> tuple[Record, ...]:
    """Return the pieces of the journal that a batch was made from; none where they are gone, which is after two hours."""
    if batch_record is None:
        return ()
    batch = events_pb2.EventBatch.FromString(batch_record.value or b"")
    key = f"{batch.venue}/{batch.connection}"
    at = TopicPartition(FRAMES, partition_of(TOPICS[FRAMES], key))
    for around_ms in _AROUND_MS:
        start = await log.since(at, batch_record.timestamp_ms - around_ms)
        stop = await log.since(at, batch_record.timestamp_ms + around_ms)
        if found := await _between(log, at, start, stop, key, batch):
            return found
    return ()


async def _between(
    log: LogReader, at: TopicPartition, start: int, stop: int, key: str, batch: events_pb2.EventBatch
) -> tuple[Record, ...]:
    found: list[Record] = []
    for place in range(start, stop, CHUNK):
        for record in await log.read({at: (place, min(stop, place + CHUNK))}):
            if record.key == key.encode() and _holds(
                frames_pb2.FrameBatch.FromString(record.value or b""), batch
            ):
                found.append(record)
    return tuple(found)


def _holds(frames: frames_pb2.FrameBatch, batch: events_pb2.EventBatch) -> bool:
    last = frames.first_sequence + len(frames.lengths) - 1
    is_same_epoch = frames.connection_epoch == batch.connection_epoch
    return is_same_epoch and frames.first_sequence <= batch.last_frame and batch.first_frame <= last
