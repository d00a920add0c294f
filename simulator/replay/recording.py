"""Read a recording: one file per venue and symbol, lines of `<receive ns> <json>`, merged into one order.

A file is named `<spot|usdm|cm>_<symbol>_<yyyymmdd>.gz`. Most lines are frames of a combined stream; one is the answer of
the venue's REST depth call at that moment.
"""

import gzip
import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

CHUNK_BYTES = 256 * 1024
HEAD_FRAMES = 5_000
FILE_NAME = re.compile(r"(?P<venue>spot|usdm|cm)_(?P<symbol>\w+?)_\d{8}\.gz")
STREAM_PREFIX = b'{"stream":"'
SNAPSHOT_PREFIX = b'{"lastUpdateId"'
_receive_ns = itemgetter(0)


class Venue(Enum):
    """The venue of a file; the value is its name on ports, in status and in `RecordedFrame`."""

    SPOT = "spot"
    USDM = "usdm"
    COINM = "coinm"


class RecordedFrame(NamedTuple):
    """One received text: nanoseconds since the epoch on the recorder's clock, where it came from, and its bytes."""

    receive_ns: int
    venue: str
    symbol: str
    raw: bytes

    @property
    def is_snapshot(self) -> bool:
        return self.raw.startswith(SNAPSHOT_PREFIX)

    @property
    def stream(self) -> str | None:
        """Return the name of the stream, or None for a snapshot."""
        return stream_name(self.raw)


class RecordingError(Exception):
    """A recording is not what it should be; says where and what was expected."""


class RecordingFile(NamedTuple):
    """One file of a recording."""

    path: Path
    venue: Venue
    symbol: str


def stream_name(raw: bytes) -> str | None:
    """Return the stream that a combined frame names, or None when it names none."""
    if not raw.startswith(STREAM_PREFIX):
        return None
    return raw[len(STREAM_PREFIX) : raw.index(b'"', len(STREAM_PREFIX))].decode()


def recording_files(directory: Path) -> list[RecordingFile]:
    """Return the files of a recording by name. Raises RecordingError when the directory has none."""
    venues = {"spot": Venue.SPOT, "usdm": Venue.USDM, "cm": Venue.COINM}
    found = [(path, FILE_NAME.fullmatch(path.name)) for path in sorted(directory.glob("*.gz"))]
    files = [RecordingFile(path, venues[m["venue"]], m["symbol"].upper()) for path, m in found if m]
    if not files:
        raise RecordingError(
            f"{directory}: expected files named <spot|usdm|cm>_<symbol>_<yyyymmdd>.gz, found none"
        )
    return files


def frames(directory: Path) -> Iterator[RecordedFrame]:
    """Return all frames of a recording in the order of their receive stamps, snapshots included.

    Frames of one stamp keep the order of the files' names and, within a file, of its lines. Reads lazily. Raises
    RecordingError for a missing recording, a malformed line or a stamp that falls within a file.
    """
    return chain.from_iterable(blocks(recording_files(directory)))


def blocks(files: Sequence[RecordingFile]) -> Iterator[list[RecordedFrame]]:
    """Return the frames of some files as lists that follow one another in the order of their stamps."""
    sources = [_Source(file) for file in files]
    try:
        while open_sources := [source for source in sources if source.fill()]:
            horizon = min(source.complete_before_ns for source in open_sources)
            block = [frame for source in open_sources for frame in source.take(horizon)]
            block.sort(key=_receive_ns)
            yield block
    finally:
        for source in sources:
            source.close()


def recorded_streams(files: Sequence[RecordingFile]) -> dict[Venue, list[str]]:
    """Return the names of the streams that start within the first frames of each file, by venue."""
    streams: dict[Venue, dict[str, None]] = {}
    for file in files:
        names = streams.setdefault(file.venue, {})
        head = chain.from_iterable(blocks([file]))
        for frame, _ in zip(head, range(HEAD_FRAMES), strict=False):
            if frame.stream is not None:
                names[frame.stream] = None
    return {venue: list(names) for venue, names in streams.items()}


class _Source:
    """One file, read in chunks."""

    def __init__(self, file: RecordingFile) -> None:
        self._file = file
        self._stream = gzip.open(file.path, "rb")  # noqa: SIM115 closed by `close`
        self._tail = b""
        self._lines_read = 0
        self._last_ns = 0
        self._buffer: list[RecordedFrame] = []
        self._ended = False

    def fill(self) -> bool:
        """Read on until the buffer spans two stamps or the file ends; returns False when nothing is left."""
        while not self._ended and (
            not self._buffer or self._buffer[0].receive_ns == self._buffer[-1].receive_ns
        ):
            chunk = self._stream.read(CHUNK_BYTES)
            self._ended = not chunk
            lines = (self._tail + chunk).split(b"\n")
            self._tail = b"" if self._ended else lines.pop()
            self._buffer += self._parse(lines)
        return bool(self._buffer)

    @property
    def complete_before_ns(self) -> float:
        """Return the stamp below which no further frame of this file can come."""
        return math.inf if self._ended else self._buffer[-1].receive_ns

    def take(self, horizon_ns: float) -> list[RecordedFrame]:
        """Remove and return the buffered frames below a stamp."""
        end = bisect_left(self._buffer, horizon_ns, key=_receive_ns)
        taken, self._buffer = self._buffer[:end], self._buffer[end:]
        return taken

    def close(self) -> None:
        self._stream.close()

    def _parse(self, lines: list[bytes]) -> list[RecordedFrame]:
        venue, symbol = self._file.venue.value, self._file.symbol
        make = tuple.__new__
        split = [line.partition(b" ") for line in lines if line]
        try:
            # The plain tuple constructor: the named one costs a Python call for each of some 300,000 frames.
            parsed = [make(RecordedFrame, (int(stamp), venue, symbol, raw)) for stamp, _, raw in split]
        except ValueError as error:
            raise self._error(lines, f"expected <receive ns> <json>: {error}") from None
        stamps = [self._last_ns, *map(_receive_ns, parsed)]
        if stamps != sorted(stamps):
            raise self._error(lines, "expected receive stamps that never fall")
        self._lines_read += len(lines)
        self._last_ns = stamps[-1]
        return parsed

    def _error(self, lines: list[bytes], what: str) -> RecordingError:
        first = self._lines_read + 1
        return RecordingError(f"{self._file.path.name}, lines {first} to {first + len(lines) - 1}: {what}")
