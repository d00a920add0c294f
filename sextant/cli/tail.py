"""Which records of a topic are wanted, and reading just those."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sextant.bus.kafka.log import KafkaLog
from sextant.bus.port import Record, TopicPartition
from sextant.core.errors import InvalidValue

_AGE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_UNITS_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for. Without `start` and `since_ms` it is the newest `limit` records (0: all), else those from there on."""

    topic: str
    key: str | None = None
    partition: int | None = None
    start: int | None = None
    since_ms: int | None = None
    limit: int = 10
    follow: bool = False

    @property
    def is_newest(self) -> bool:
        return self.start is None and self.since_ms is None

    def wants(self, record: Record) -> bool:
        return self.key is None or record.key == self.key.encode()


def instant_ms(text: str, *, now_ms: int | None = None) -> int:
    """Return ms since the epoch of an age ("5m") or a time in ISO 8601; one without a zone is UTC. Raises InvalidValue."""
    age = _AGE.fullmatch(text)
    if age:
        now = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        return now - int(float(age[1]) * _UNITS_MS[age[2]])
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue(
            "--since", text, "an age such as 5m, or a time such as 2026-01-02T03:04:05Z"
        ) from error
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return int(instant.timestamp() * 1_000)


async def tail_records(log: KafkaLog, selection: Selection) -> AsyncIterator[Record]:
    """Yield what is selected: what is there by time, then, when following, what comes. Raises InvalidValue, BusUnavailable."""
    partitions = await log.partitions(selection.topic)
    if selection.partition is not None:
        if selection.partition >= len(partitions):
            raise InvalidValue("--partition", str(selection.partition), f"0 to {len(partitions) - 1}")
        partitions = [partitions[selection.partition]]
    bounds = await log.bounds(partitions)
    starts, ends = await _starts(log, selection, bounds), {at: end for at, (_, end) in bounds.items()}
    for record in await _there(log, selection, starts, ends):
        yield record
    if not selection.follow:
        return
    async for record in log.records(ends, None):
        if selection.wants(record):
            yield record


async def _starts(
    log: KafkaLog, selection: Selection, bounds: Mapping[TopicPartition, tuple[int, int]]
) -> dict[TopicPartition, int]:
    if selection.since_ms is not None:
        return await log.since(list(bounds), selection.since_ms)
    if selection.start is not None:
        return {at: min(max(selection.start, oldest), end) for at, (oldest, end) in bounds.items()}
    if selection.limit and selection.key is None:
        # The newest of all partitions together are among the newest of each.
        return {at: max(oldest, end - selection.limit) for at, (oldest, end) in bounds.items()}
    return {at: oldest for at, (oldest, _) in bounds.items()}


async def _there(
    log: KafkaLog,
    selection: Selection,
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> list[Record]:
    """Return the selected records that are in the log now, oldest first across partitions."""
    limit = selection.limit or None
    kept: dict[int, deque[Record]] = {at.partition: deque(maxlen=limit) for at in starts}
    async for record in log.records(starts, ends):
        queue = kept[record.partition]
        if selection.wants(record) and (selection.is_newest or limit is None or len(queue) < limit):
            queue.append(record)
    found = sorted(
        (record for queue in kept.values() for record in queue),
        key=lambda record: (record.timestamp_ms, record.partition, record.offset),
    )
    if limit is None:
        return found
    return found[-limit:] if selection.is_newest else found[:limit]
