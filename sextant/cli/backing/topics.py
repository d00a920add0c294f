"""Putting a lost topic back from the archive: the same records at the same offsets, so that every position anywhere stays right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from sextant.bus.port import Bus, Outgoing, TopicPartition
from sextant.contracts.topics import topic as registered
from sextant.core.errors import InvalidValue, Refused
from sextant.demo.report.archived import read_manifest
from sextant.demo.report.archived_files import Run, file_problems

_BATCH: Final = 2_000
#: Stands before the first archived record, for a moment.
_HOLE: Final = b"sextant.hole"


class TopicInTheWay(Refused):
    """The topic holds records: putting others in front of them is not possible."""


async def put_back(bus: Bus, name: str, archive: Path, progress: Callable[[str], None]) -> int:
    """Append the archived records of an empty topic at the offsets that they had; return how many.

    Records get the broker's stamp of now: retention counts anew. A topic that is compacted has holes and cannot be put back. Raises InvalidValue for an unknown topic or an archive that is not whole,
    TopicInTheWay, BusUnavailable.
    """
    entry = registered(name)
    runs = read_manifest(archive / name / "manifest.jsonl")
    every = [run for own in runs.values() for run in own]
    wrong = [each for run in every for each in file_problems(archive, run, may_skip=False)]
    if not runs:
        wrong = [f"nothing of {name} is archived there"]
    if wrong:
        raise InvalidValue("archive", "; ".join(wrong[:3]), "files as the manifest names them")
    ends = await bus.end_offsets(name)
    full = [f"{at.topic}/{at.partition} ends at {end}" for at, end in sorted(ends.items()) if end]
    if full:
        raise TopicInTheWay(f"{name}: expected an empty topic, {', '.join(full[:3])}")
    put = 0
    for partition, own in sorted(runs.items()):
        if partition >= entry.partitions:
            raise InvalidValue(f"partition of {name}", str(partition), f"0 to {entry.partitions - 1}")
        put += await _partition(bus, TopicPartition(name, partition), archive, own)
        progress(f"{name}/{partition}: up to offset {own[-1].last}")
    return put


async def _partition(bus: Bus, at: TopicPartition, archive: Path, runs: Sequence[Run]) -> int:
    producer, first, offset, put = bus.producer(), runs[0].first, 0, 0
    batch: list[Outgoing] = []

    async def send() -> None:
        nonlocal batch
        places = await producer.send(batch)
        if places[-1].offset != offset - 1:
            raise TopicInTheWay(f"{at.topic}/{at.partition}: somebody else writes to it")
        batch = []

    # What retention had let go of before is let go of again; until then something must stand there.
    while offset < first:
        batch.append(Outgoing(at.topic, at.partition, b"", _HOLE))
        offset += 1
        if len(batch) >= _BATCH:
            await send()
    for run in runs:
        for record in _records(at, archive / run.file, offset):
            batch.append(record)
            offset, put = offset + 1, put + 1
            if len(batch) >= _BATCH:
                await send()
    if batch:
        await send()
    if first:
        await bus.delete_before({at: first})
    return put


def _records(at: TopicPartition, file: Path, offset: int) -> Iterator[Outgoing]:
    """Yield a file's records. Raises InvalidValue where one does not lie at the next offset: nothing else may stand in its place."""
    for batch in pq.ParquetFile(file).iter_batches(_BATCH):
        for row in batch.to_pylist():
            if row["offset"] != offset:
                raise InvalidValue(str(file), f"offset {row['offset']}", f"offset {offset}, without a hole")
            offset += 1
            yield Outgoing(at.topic, at.partition, row["key"], row["value"], dict(row["headers"]))
