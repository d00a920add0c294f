"""Writing parts: a Parquet file is whole and on disk before the manifest names it."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from services.archive.domain.manifest import Part, next_offsets, parse_manifest
from sextant.bus.port import Record
from sextant.core.errors import InvalidValue
from sextant.runtime.stamp import record_id_of

SCHEMA: Final = pa.schema(
    [
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("timestamp_ms", pa.int64()),
        ("record_id", pa.string()),
        ("key", pa.binary()),
        ("value", pa.binary()),
        ("headers", pa.map_(pa.string(), pa.binary())),
    ]
)


class ParquetArchive:
    """One folder: `<topic>/<date>/<partition>-<first>-<last>.parquet` and `<topic>/manifest.jsonl`.

    Several processes may share it. A record is the same whoever writes it, so the manifest decides who wrote it first.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        #: How much of each manifest was read, up to the end of a line, and the next offsets that its parts leave.
        self._read: dict[str, tuple[int, dict[int, int]]] = {}

    def next_offsets(self, topic: str) -> Mapping[int, int]:
        """Return where to read on in each partition of which anything is archived. Blocks; of a manifest only what is new is read."""
        return dict(self._following(topic))

    def parts(self, topic: str) -> list[Part]:
        path = self._manifest(topic)
        return parse_manifest(path.read_text(encoding="utf-8"), source=str(path)) if path.exists() else []

    def write(self, topic: str, partition: int, records: Sequence[Record]) -> Part | None:
        """Write records of one partition in offset order and name them in the manifest. Blocks; raises OSError.

        What another process has archived meanwhile is left out; None when that is everything.
        """
        (self._folder / topic).mkdir(parents=True, exist_ok=True)
        with _alone(self._folder / topic / "manifest.lock"):
            start = self._following(topic).get(partition, 0)
            fresh = [record for record in records if record.offset >= start]
            return self._write_part(topic, partition, fresh) if fresh else None

    def _write_part(self, topic: str, partition: int, records: Sequence[Record]) -> Part:
        first, last = records[0].offset, records[-1].offset
        day = datetime.fromtimestamp(records[0].timestamp_ms / 1000, UTC).date().isoformat()
        folder = self._folder / topic / day
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{partition}-{first}-{last}.parquet"
        digest = _write_file(path, records)
        name = str(path.relative_to(self._folder))
        part = Part(topic, partition, first, last, len(records), name, digest)
        self._append(part)
        return part

    def _following(self, topic: str) -> dict[int, int]:
        """Return the next offsets by partition, after the lines that were added since the last look."""
        path = self._manifest(topic)
        size = path.stat().st_size if path.exists() else 0
        read, following = self._read.setdefault(topic, (0, {}))
        if size < read:  # it was put back from a backup
            self._read[topic] = read, following = 0, {}
        if size > read:
            whole = _lines_after(path, read)
            parts = parse_manifest(whole.decode(), source=f"{path} after byte {read}")
            following = next_offsets(parts, following)
            self._read[topic] = (read + len(whole), following)
        return following

    def _append(self, part: Part) -> None:
        """Name a part; what was read of the manifest is up to its end, or to a last line that was cut."""
        read, following = self._read[part.topic]
        with self._manifest(part.topic).open("ab+") as file:
            if not _ends_whole(file):  # a crash cut the last line: it never named a part
                file.truncate(read)
                file.seek(read)
            file.write(f"{part.line()}\n".encode())
            file.flush()
            os.fsync(file.fileno())
            self._read[part.topic] = (file.tell(), {**following, part.partition: part.last + 1})

    def _manifest(self, topic: str) -> Path:
        return self._folder / topic / "manifest.jsonl"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let no other process write below this folder meanwhile; a process that dies lets go."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lines_after(path: Path, start: int) -> bytes:
    """Return the whole lines of a file from `start` on."""
    with path.open("rb") as file:
        file.seek(start)
        text = file.read()
    return text[: text.rfind(b"\n") + 1]


def _ends_whole(file: BinaryIO) -> bool:
    """Return whether a file is empty or its last line is whole; only its last byte is read."""
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _record_id(record: Record) -> str:
    """Return the record's id; nothing for a record of a foreign producer, which is kept all the same."""
    try:
        return record_id_of(record)
    except InvalidValue:
        return ""


def _write_file(path: Path, records: Sequence[Record]) -> str:
    table = pa.table(
        {
            "partition": [record.partition for record in records],
            "offset": [record.offset for record in records],
            "timestamp_ms": [record.timestamp_ms for record in records],
            "record_id": [_record_id(record) for record in records],
            "key": [record.key for record in records],
            "value": [record.value for record in records],
            "headers": [list(record.headers.items()) for record in records],
        },
        schema=SCHEMA,
    )
    temporary = path.with_suffix(".tmp")
    pq.write_table(table, temporary, compression="zstd")
    data = temporary.read_bytes()
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.rename(path)
    return hashlib.sha256(data).hexdigest()
