"""Reads a recording ahead while its readers still connect: what is unpacked then costs no time between two frames later."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator

from simulator.replay.recording import RecordedFrame

MOST_AHEAD_BYTES = 192 * 1024 * 1024
FRAME_BYTES = 190
"""What a frame takes beside its bytes: its stamp, its tuple, the heads of both."""


class ReadAhead:
    """The blocks of a recording in their order: first those that `fill` has read, then the others as they are asked for."""

    def __init__(self, blocks: Iterable[list[RecordedFrame]], most_bytes: int = MOST_AHEAD_BYTES) -> None:
        self._blocks, self._most_bytes = iter(blocks), most_bytes
        self._read: deque[list[RecordedFrame]] = deque()
        self.held_bytes = 0
        """Of memory, at the end of `fill`."""

    async def fill(self, until: asyncio.Event) -> None:
        """Read until the event is set, the memory is used up or nothing is left. Raises RecordingError as reading does."""
        while not until.is_set() and self.held_bytes < self._most_bytes:
            block = next(self._blocks, None)
            if block is None:
                break
            self._read.append(block)
            self.held_bytes += sum(len(frame.raw) + FRAME_BYTES for frame in block)
            await asyncio.sleep(0)

    def __iter__(self) -> Iterator[list[RecordedFrame]]:
        while self._read:
            yield self._read.popleft()
        yield from self._blocks
