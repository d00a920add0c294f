"""What a backup says of itself: the tables with their checksums, the schemas' revisions, and where the log's topics ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sextant.core.errors import Refused

NAME: Final = "backup.json"
_CHUNK: Final = 1 << 20


class BackupUnusable(Refused):
    """A backup is not whole, or is of something else than what it is to be used for."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows in a file of the backup: Postgres's own text form, compressed with zstd."""

    schema: str
    name: str
    columns: Sequence[str]
    rows: int
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """`revisions` by schema; `ends` are the ends of the money topics when the copy was begun, "topic/partition" to offset."""

    made_ns: int
    version: str
    revisions: Mapping[str, str]
    tables: Sequence[Table]
    ends: Mapping[str, int]

    def save(self, folder: Path) -> None:
        """Write it; only then is the backup one."""
        draft = folder / f".{NAME}"
        draft.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        draft.replace(folder / NAME)

    @classmethod
    def load(cls, folder: Path) -> Backup:
        """Read what save() wrote. Raises BackupUnusable."""
        path = folder / NAME
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            tables = [Table(**table) for table in raw.pop("tables")]
            return cls(tables=tables, **raw)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BackupUnusable(f"{path}: expected the list of a backup: {error}") from error

    def problems(self, folder: Path) -> Iterator[str]:
        """Yield where files are not what the list says."""
        for table in self.tables:
            path = folder / table.file
            if not path.is_file():
                yield f"{table.file}: is named and missing"
            elif digest(path) != table.sha256:
                yield f"{table.file}: has another checksum than the list"


def digest(path: Path) -> str:
    """Return a file's SHA-256, hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            found.update(part)
    return found.hexdigest()
