"""One connection's side of the books: its epoch, the journal of its frames, the batches that are ready."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import frames_pb2
from sextant.contracts.scaled import Scale
from sextant.core.identity import Identity, Root
from sextant.venues.binance.subscriptions import Connection

if TYPE_CHECKING:
    from sextant_native import Scanner

    from sextant.venues.native import AnyJournal, Writer

#: A journal record ends before it reaches a broker's limit of 1 MB.
MAX_JOURNAL_BYTES: Final = 512 * 1024
#: Of a larger frame only the beginning is kept; its reason says how long it was.
MAX_KEPT_FRAME: Final = 256 * 1024
_MAX_REASON: Final = 300


@dataclass(slots=True)
class Said:
    """A batch that is ready to be sent: its bytes on the wire, and when its newest frame came."""

    instrument: str
    base: str
    identity: Identity
    data: bytes
    receive_ns: int
    _batch: mirror.EventBatch | None = field(default=None, init=False)

    @property
    def batch(self) -> mirror.EventBatch:
        """The batch as a message, for readers in this process; parsed when it is first asked for."""
        if self._batch is None:
            self._batch = mirror.EventBatch.FromString(self.data)
        return self._batch


@dataclass(frozen=True, slots=True)
class Journal:
    """A piece of the frame journal that is ready to be sent; `key` is venue/connection."""

    key: str
    identity: Identity
    batch: frames_pb2.FrameBatch


class Link:
    """State of one connection. `frames`, `gaps` and `refused` count inside the epoch.

    `scanner` takes frames of the usual form and writes to the same `journal`; None keeps no frames.
    """

    def __init__(
        self,
        venue: str,
        connection: Connection,
        *,
        epoch: int,
        journal: AnyJournal | None,
        scanner: Scanner | None = None,
    ) -> None:
        self.scanner = scanner
        self.venue, self.name, self.connection = venue, connection.name, connection
        self.source = f"{venue}/{connection.name}"
        self.epoch = epoch
        self.is_open = self.was_open = False
        self.must_reconnect = False
        self.frames = self.gaps = self.refused = 0
        self._sequence = 0
        self._open, self._open_reasons = journal, dict[int, str]()
        self._closed: list[Journal] = []
        self._closed_bytes = 0
        self._said: list[Said] = []

    def open(self, epoch: int) -> None:
        """Begin a new epoch; everything of the old one must have been finished. The epoch always grows."""
        self._close_journal()
        self.epoch = max(epoch, self.epoch + 1)
        self.frames = self.gaps = self.refused = self._sequence = 0
        self.is_open, self.was_open, self.must_reconnect = True, True, False

    @property
    def pending_bytes(self) -> int:
        """Bytes of the journal that have not been taken."""
        return self._closed_bytes + (self._open.size if self._open is not None else 0)

    def record(self, raw: bytes, receive_ns: int) -> None:
        """Take the next frame of the epoch into the journal."""
        if self._open is not None:
            self._keep(self._open, raw, receive_ns)
        self.frames += 1

    def _keep(self, journal: AnyJournal, raw: bytes, receive_ns: int) -> None:
        size = len(raw)
        if journal.size + min(size, MAX_KEPT_FRAME) > MAX_JOURNAL_BYTES:
            self._close_journal()
        if size > MAX_KEPT_FRAME:
            raw = raw[:MAX_KEPT_FRAME]
            self._open_reasons[journal.count] = f"frame of {size} bytes, {MAX_KEPT_FRAME} kept"
        journal.add(raw, receive_ns)

    def refuse(self, reason: str) -> None:
        """Note why the newest frame could not be normalised."""
        self.refused += 1
        if self._open is not None and self._open.count:
            number = self._open.count - 1
            before = self._open_reasons.get(number)
            self._open_reasons[number] = (f"{before}: {reason}" if before else reason)[:_MAX_REASON]

    def finish(self, writer: Writer, base: str, scale: Scale) -> None:
        """Close a writer's batch under the next sequence."""
        receive_ns = writer.receive_ns
        data = writer.close_bytes(self.epoch, self._sequence, scale)
        root = Root(self.source, self.epoch, self._sequence)
        self._said.append(Said(writer.instrument, base, Identity(root), data, receive_ns))
        self._sequence += 1

    def take(self) -> list[Said]:
        said, self._said = self._said, []
        return said

    def take_journal(self) -> list[Journal]:
        self._close_journal()
        closed, self._closed, self._closed_bytes = self._closed, [], 0
        return closed

    def _close_journal(self) -> None:
        if self._open is None or not self._open.count:
            return
        frames, lengths, stamps = self._open.take()
        first = self.frames - len(lengths)
        reasons = self._open_reasons
        batch = frames_pb2.FrameBatch(
            venue=self.venue,
            connection=self.name,
            connection_epoch=self.epoch,
            first_sequence=first,
            frames=frames,
            lengths=lengths,
            receive_time_ns=stamps,
            refusals=[reasons.get(number, "") for number in range(len(lengths))] if reasons else [],
        )
        root = Root(f"{self.source}/frames", self.epoch, first)
        self._closed.append(Journal(self.source, Identity(root), batch))
        self._closed_bytes += len(frames)
        self._open_reasons = {}
