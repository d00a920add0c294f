"""The ways from frames to bytes that are compared: each is prepared untimed, then timed over the same frames."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol

from benchmarks.common.runs import cpu_seconds
from benchmarks.common.tapes import Frame, Tape
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.binance.subscriptions import plan
from sextant.venues.native import choose


class Path(Protocol):
    """One way. Every call begins with fresh state, plays the tape's lead untimed and times the frames."""

    def cpu_seconds(self, tape: Tape, frames: Sequence[Frame]) -> float: ...


class OurPath:
    """VenueFeed to bytes of batches: the book kept, the best prices a column of every depth row.

    A batch is closed every `per_batch` frames; 1 is a socket that is drained after each. `keeps_frames` adds the journal of raw frames.
    `reader` is who reads the frames: native, pure, or auto as a service chooses it.
    """

    def __init__(self, per_batch: int, *, keeps_frames: bool = False, reader: str = "auto") -> None:
        self._per_batch, self._keeps_frames, self._reader = per_batch, keeps_frames, choose(reader)
        self.output: list[bytes] = []
        self.feed: VenueFeed | None = None

    def cpu_seconds(self, tape: Tape, frames: Sequence[Frame]) -> float:
        feed, connection = self._opened(tape)
        self.feed, self.output = feed, []
        return cpu_seconds(lambda: self._play(feed, connection, frames))

    def _opened(self, tape: Tape) -> tuple[VenueFeed, str]:
        instrument = tape.instrument
        connections = plan(tape.market, [instrument], 50, is_recording=True)
        feed = VenueFeed(
            *(instrument.venue, tape.market, connections), keeps_frames=self._keeps_frames, path=self._reader
        )
        name = connections[0].name
        feed.connected(name, 1, 1)
        for frame in tape.lead:
            feed.on_frame(frame.raw, frame.receive_ns, name)
        feed.on_snapshot(instrument.name, tape.snapshot, tape.lead[-1].receive_ns)
        feed.take()
        feed.take_journal()
        return feed, name

    def _play(self, feed: VenueFeed, connection: str, frames: Sequence[Frame]) -> None:
        on_frame, left = feed.on_frame, self._per_batch
        for _, receive_ns, raw in frames:
            on_frame(raw, receive_ns, connection)
            left -= 1
            if not left:
                self._take(feed)
                left = self._per_batch
        self._take(feed)

    def _take(self, feed: VenueFeed) -> None:
        self.output += [said.data for said in feed.take()]
        if self._keeps_frames:
            self.output += [piece.batch.SerializeToString() for piece in feed.take_journal()]


class Floor:
    """Something done to every frame on its own, without book or output."""

    def __init__(self, work: Callable[[bytes], object]) -> None:
        self._work = work

    def cpu_seconds(self, tape: Tape, frames: Sequence[Frame]) -> float:
        texts, work = [frame.raw for frame in frames], self._work
        return cpu_seconds(lambda: [work(raw) for raw in texts] and None)


def decode_only() -> tuple[str, Floor]:
    """Return the fastest decoder of JSON that is installed, by name."""
    try:
        import orjson
    except ImportError:
        return "json.loads", Floor(json.loads)
    return "orjson.loads", Floor(orjson.loads)


def decimals(raw: bytes) -> list[Decimal]:
    """Decode a frame with the standard library and make Decimals of its prices and quantities."""
    data = json.loads(raw)["data"]
    if (levels := data.get("b")) is not None and not isinstance(levels, str):
        return [Decimal(text) for side in (levels, data["a"]) for level in side for text in level]
    names = ("p", "q") if "p" in data else ("b", "B", "a", "A")
    return [Decimal(data[name]) for name in names]
