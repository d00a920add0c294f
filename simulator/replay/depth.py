"""Depth snapshots over REST: the recorded one, or for readers who join later one rebuilt from the recording.

The recorded answer bridges only to diffs received since the recording's start. Who subscribes after it must get a book
that stands where the recording stands, or could never synchronise.
"""

import asyncio
import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from simulator.replay.recording import RecordedFrame, RecordingFile, blocks

SNAPSHOT_LEVELS = 1000
Levels = dict[str, str]


class RecordedDepth:
    """The depth snapshot of one symbol, which exists from the moment at which the recording reaches it."""

    def __init__(self, file: RecordingFile) -> None:
        self.file = file
        self.recorded: RecordedFrame | None = None
        self.answers = 0
        self._reached = asyncio.Event()

    def release(self, frame: RecordedFrame) -> None:
        if self.recorded is None:
            self.recorded = frame
        self._reached.set()

    def end(self) -> None:
        """Let waiting requests go on: the recording is over, with or without a snapshot."""
        self._reached.set()

    async def wait(self) -> RecordedFrame | None:
        """Return the recorded snapshot as soon as there is one; None when the recording ended without it."""
        await self._reached.wait()
        return self.recorded


def rebuild(file: RecordingFile, until_ns: int) -> bytes:
    """Return the snapshot that the venue would have given at a receive stamp; reads the file up to there.

    Holds the recorded levels and every change since, cut to the best 1000 of each side. Blocks for up to a second.
    Raises LookupError when the file has no snapshot up to that stamp.
    """
    book: _Book | None = None
    early: list[dict[str, Any]] = []
    for frame in chain.from_iterable(blocks([file])):
        if frame.receive_ns > until_ns:
            break
        if frame.is_snapshot and book is None:
            book = _Book(json.loads(frame.raw), early)
        elif b"@depth" in frame.raw[:64]:
            change = json.loads(frame.raw)["data"]
            if book is None:
                early.append(change)
            else:
                book.apply(change)
    if book is None:
        raise LookupError(f"{file.path.name}: expected a depth snapshot up to stamp {until_ns}, found none")
    return book.snapshot()


def cut(raw: bytes, limit: int) -> bytes:
    """Return a snapshot with at most `limit` levels a side; the bytes as recorded when it has no more."""
    if limit >= SNAPSHOT_LEVELS:
        return raw
    whole = json.loads(raw)
    whole["bids"], whole["asks"] = whole["bids"][:limit], whole["asks"][:limit]
    return json.dumps(whole, separators=(",", ":")).encode()


class _Book:
    def __init__(self, snapshot: dict[str, Any], early: Sequence[dict[str, Any]]) -> None:
        self._answer = snapshot
        self._bids: Levels = dict(snapshot["bids"])
        self._asks: Levels = dict(snapshot["asks"])
        for change in early:
            self.apply(change)

    def apply(self, change: dict[str, Any]) -> None:
        """Apply one diff; one that the snapshot already holds is dropped."""
        if change["u"] <= self._answer["lastUpdateId"]:
            return
        self._answer["lastUpdateId"] = change["u"]
        for key in ("E", "T"):
            if key in self._answer:
                self._answer[key] = change[key]
        for side, changes in ((self._bids, change["b"]), (self._asks, change["a"])):
            for price, quantity in changes:
                if Decimal(quantity) == 0:
                    side.pop(price, None)
                else:
                    side[price] = quantity

    def snapshot(self) -> bytes:
        bids = sorted(self._bids.items(), key=lambda level: Decimal(level[0]), reverse=True)
        asks = sorted(self._asks.items(), key=lambda level: Decimal(level[0]))
        levels = {"bids": bids[:SNAPSHOT_LEVELS], "asks": asks[:SNAPSHOT_LEVELS]}
        return json.dumps(self._answer | levels, separators=(",", ":")).encode()
