"""What an archived file really holds, beside what the manifest says of it: its bytes, and the offsets row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

_COLUMNS: Final = ["partition", "offset"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of archived offsets of one partition as the manifest names it, both ends inclusive. `sha256` is empty where it has none."""

    partition: int
    first: int
    last: int
    rows: int
    file: str
    sha256: str = ""


def file_problems(folder: Path, run: Run, *, may_skip: bool) -> Iterator[str]:
    """Yield where a file is not what the manifest says. `may_skip`: the log itself may have let offsets in between go."""
    path = folder / run.file
    try:
        data = path.read_bytes()
        table = pq.read_table(pa.BufferReader(data), columns=_COLUMNS)
    except FileNotFoundError:
        yield f"{run.file} is named and missing"
        return
    except (OSError, pa.ArrowInvalid) as error:
        yield f"{run.file} cannot be read: {str(error).splitlines()[0]}"
        return
    if table.column_names != _COLUMNS:
        yield f"{run.file} has no columns {' and '.join(_COLUMNS)}"
        return
    if run.sha256 and hashlib.sha256(data).hexdigest() != run.sha256:
        yield f"{run.file} has another checksum than the manifest"
    yield from _row_problems(table, run, may_skip=may_skip)


def _row_problems(table: pa.Table, run: Run, *, may_skip: bool) -> Iterator[str]:
    offsets: list[int] = table["offset"].to_pylist()
    if set(table["partition"].to_pylist()) - {run.partition}:
        yield f"{run.file} holds rows of other partitions than {run.partition}"
    if len(offsets) != run.rows:
        yield f"{run.file} holds {len(offsets)} rows, the manifest says {run.rows}"
    if offsets and (offsets[0], offsets[-1]) != (run.first, run.last):
        yield f"{run.file} holds offsets {offsets[0]} to {offsets[-1]}, the manifest says {run.first} to {run.last}"
    for before, after in pairwise(offsets):
        if after <= before or (after != before + 1 and not may_skip):
            yield f"{run.file} holds offset {after} after {before}"
            return
