"""Plays a recording once: every frame to its subscribers, in one order, on one schedule shared by all venues."""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from operator import itemgetter

from simulator.replay.ahead import ReadAhead
from simulator.replay.clock import AS_FAST_AS_READ, ReplayClock
from simulator.replay.depth import RecordedDepth
from simulator.replay.recording import SNAPSHOT_PREFIX, STREAM_PREFIX, RecordedFrame
from simulator.replay.subscribers import Connection, Switchboard
from simulator.replay.tape import TradeTape

TICK_S, FAST_TICK_S = 0.0015, 0.003
"""The pause between two writes, s: as recorded or slower, and faster. Each write costs as much as many frames, on both sides of the socket."""
FRAMES_AT_ONCE = 256
"""Without a schedule, so many frames go out between two looks at the readers."""
MOST_BUFFERED_BYTES = 16 * 1024 * 1024
MOST_BUFFERED_UNSCHEDULED_BYTES = 1024 * 1024
READER_POLL_S = 0.001
TRADE_SUFFIX = b"@trade"
_NAME_START = len(STREAM_PREFIX)
_receive_ns = itemgetter(0)


class State(Enum):
    WAITING = "waiting"
    PLAYING = "playing"
    DONE = "done"


class Player:
    """The one playback of a run. `play` returns when the last frame has left for every reader.

    `on_read_ahead` is called when what could be read before the start is in memory, where it stays until it is played.
    """

    def __init__(
        self,
        blocks: Iterable[list[RecordedFrame]],
        clock: ReplayClock,
        boards: Mapping[str, Switchboard],
        depths: Mapping[tuple[str, str], RecordedDepth],
        tapes: Mapping[tuple[str, str], TradeTape],
        on_read_ahead: Callable[[], None] = lambda: None,
    ) -> None:
        self._blocks, self._boards, self._depths, self._tapes = ReadAhead(blocks), boards, depths, tapes
        self.clock, self._on_read_ahead = clock, on_read_ahead
        self.state = State.WAITING
        self.last_sent_ns = 0
        """The stamp of the newest frame that was handed out; zero before the first."""
        self.frames_read = 0
        self.reader_pauses = 0
        self.largest_lag_ns = 0
        self._limit = (
            MOST_BUFFERED_BYTES if clock.speed != AS_FAST_AS_READ else MOST_BUFFERED_UNSCHEDULED_BYTES
        )
        self._tick_s = TICK_S if clock.speed <= 1.0 else FAST_TICK_S
        self._started = asyncio.Event()

    def start(self) -> None:
        """Begin to play; calling it again changes nothing."""
        self._started.set()

    @property
    def position_ns(self) -> int:
        """Return the receive stamp at which the recording stands; the first one before the start."""
        if self.state is State.PLAYING and self.clock.speed != AS_FAST_AS_READ:
            return max(self.last_sent_ns, self.clock.position_ns())
        return max(self.last_sent_ns, self.clock.first_ns)

    async def play(self) -> None:
        """Read ahead until `start`, then hand out every frame when it is due. Raises RecordingError for what cannot be read."""
        await self._blocks.fill(self._started)
        self._on_read_ahead()
        await self._started.wait()
        self.state = State.PLAYING
        self.clock.start()
        for block in self._blocks:
            await self._play_block(block)
        while self._is_behind(0):
            await asyncio.sleep(READER_POLL_S)
            self._flush()
        for depth in self._depths.values():
            depth.end()
        self.state = State.DONE

    async def _play_block(self, block: list[RecordedFrame]) -> None:
        at = 0
        while at < len(block):
            if self.clock.speed == AS_FAST_AS_READ:
                end = min(len(block), at + FRAMES_AT_ONCE)
                await asyncio.sleep(0)
            else:
                # A tick's pause gathers what falls due meanwhile: one write per reader instead of one per frame.
                await asyncio.sleep(max(self._tick_s, self.clock.seconds_until(block[at].receive_ns)))
                end = bisect_right(block, self.clock.position_ns(), lo=at, key=_receive_ns)
            if end > at:
                self._send(block[at:end])
                at = end
                await self._readers(most_buffered=self._limit)

    def _send(self, due: list[RecordedFrame]) -> None:
        for receive_ns, venue, symbol, raw in due:
            if raw.startswith(STREAM_PREFIX):
                name = raw[_NAME_START : raw.index(b'"', _NAME_START)]
                stream = self._boards[venue].stream(name)
                stream.recorded += 1
                for subscription in stream.subscribers:
                    subscription.connection.add(receive_ns, raw, subscription)
                    stream.sent += 1
                if name.endswith(TRADE_SUFFIX):
                    self._tapes[venue, symbol].add(raw)
            elif raw.startswith(SNAPSHOT_PREFIX):
                self._flush()
                self._depths[venue, symbol].release(RecordedFrame(receive_ns, venue, symbol, raw))
        self.frames_read += len(due)
        self.last_sent_ns = due[-1].receive_ns
        self._note_lag(int(self._lateness_ns(due[0].receive_ns)))
        self._flush()

    def _lateness_ns(self, due_ns: int) -> float:
        """Return by how much wall time a frame leaves after it was due."""
        if self.clock.speed == AS_FAST_AS_READ:
            return 0.0
        return (self.clock.position_ns() - due_ns) / self.clock.speed

    def _flush(self) -> None:
        now_ns = time.monotonic_ns()
        for connection in self._connections():
            self._note_lag(connection.flush(now_ns))

    async def _readers(self, *, most_buffered: int) -> None:
        """Wait until no reader has more unread bytes than that; the schedule waits with it, and the pause is counted."""
        if not self._is_behind(most_buffered):
            return
        paused_ns = time.monotonic_ns()
        self.reader_pauses += 1
        while self._is_behind(most_buffered // 2):
            await asyncio.sleep(READER_POLL_S)
            self._flush()
        self.clock.hold(time.monotonic_ns() - paused_ns)

    def _is_behind(self, most_buffered: int) -> bool:
        return any(connection.buffered > most_buffered for connection in self._connections())

    def _connections(self) -> list[Connection]:
        return [connection for board in self._boards.values() for connection in board.connections]

    def _note_lag(self, lag_ns: int) -> None:
        self.largest_lag_ns = max(self.largest_lag_ns, lag_ns)
