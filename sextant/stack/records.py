"""One small file per running server: which process it is, who owns it, how it is reached and stopped."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sextant.stack.identity import process_identity


@dataclass(frozen=True)
class Owner:
    """The process with which a server ends."""

    pid: int
    identity: str

    @classmethod
    def this_process(cls) -> Owner:
        identity = process_identity(os.getpid())
        assert identity is not None, "a running process has an identity"
        return cls(os.getpid(), identity)

    def is_alive(self) -> bool:
        return process_identity(self.pid) == self.identity


@dataclass(frozen=True)
class Record:
    """A started server. `owner` is None when it outlives whoever started it (detached)."""

    name: str
    pid: int
    identity: str
    owner: Owner | None
    ports: tuple[int, ...]
    stop_signal: int
    log: str

    def is_alive(self) -> bool:
        """Whether this very process still runs; another one with its pid does not count."""
        return process_identity(self.pid) == self.identity


class Records:
    """The record files of one stack's folder, `<root>/run/<server>.json`."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "run"

    def write(self, record: Record) -> None:
        """Store the record whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{record.name}.{os.getpid()}"
        draft.write_bytes(msgspec.json.encode(record))
        draft.replace(self._folder / f"{record.name}.json")

    def remove(self, name: str) -> None:
        (self._folder / f"{name}.json").unlink(missing_ok=True)

    def read(self, name: str) -> Record | None:
        """Return what was written last, or None when nothing readable was."""
        try:
            return msgspec.json.decode((self._folder / f"{name}.json").read_bytes(), type=Record)
        except (OSError, msgspec.MsgspecError):
            # Torn or foreign: the same as no record. The server it meant, if any, still holds its data folder's
            # lock, so a second one refuses to start there instead of damaging it.
            return None

    def all(self) -> list[Record]:
        """Return every readable record, by name (broker 2 before broker 10)."""
        names = sorted((path.stem for path in self._folder.glob("*.json")), key=_natural)
        return [record for name in names if (record := self.read(name)) is not None]

    def alive(self, name: str) -> Record | None:
        """Return the record when its process runs."""
        record = self.read(name)
        return record if record is not None and record.is_alive() else None


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
