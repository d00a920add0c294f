"""Reads a recording ahead while its readers still connect: what is unpacked then costs no time between two frames later."""

import asyncio
import gc
from collections import deque
from collections.abc import Iterable, Iterator

from simulator.replay.recording import RecordedFrame

MOST_AHEAD_BYTES = 192 * 1024 * 1024
"""Of frames, which take about a fifth more memory than their bytes; half an hour of one busy symbol."""


class ReadAhead:
    """The blocks of a recording in their order: first those that `fill` has read, then the others as they are asked for."""

    def __init__(self, blocks: Iterable[list[RecordedFrame]], most_bytes: int = MOST_AHEAD_BYTES) -> None:
        self._blocks, self._most_bytes = iter(blocks), most_bytes
        self._read: deque[list[RecordedFrame]] = deque()
        self.held_bytes = 0

    async def fill(self, until: asyncio.Event) -> None:
        """Read until the event is set, the memory is used up or nothing is left. Raises RecordingError as reading does."""
        while not until.is_set() and self.held_bytes < self._most_bytes:
            block = next(self._blocks, None)
            if block is None:
                break
            self._read.append(block)
            self.held_bytes += sum(len(frame.raw) for frame in block)
            await asyncio.sleep(0)
        # They stay for as long as the playback: no collection has to look at hundreds of thousands of them.
        gc.freeze()

    def __iter__(self) -> Iterator[list[RecordedFrame]]:
        while self._read:
            block = self._read.popleft()
            self.held_bytes -= sum(len(frame.raw) for frame in block)
            yield block
        yield from self._blocks
