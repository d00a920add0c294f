"""A recording is read ahead up to a limit and until it plays; what comes out is every block, in order."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.replay.ahead import FRAME_BYTES, ReadAhead
from simulator.replay.recording import RecordedFrame, RecordingError


def block(number: int, size: int) -> list[RecordedFrame]:
    return [RecordedFrame(number, "spot", "BTCUSDT", b"x" * size)]


class Reading:
    """Counts the blocks that were asked for, and sets an event with one of them."""

    def __init__(self, sizes: list[int], *, start_with: int = -1) -> None:
        self.sizes, self.start_with, self.started, self.count = sizes, start_with, asyncio.Event(), 0

    def __iter__(self) -> Iterator[list[RecordedFrame]]:
        for number, size in enumerate(self.sizes):
            self.count += 1
            if number == self.start_with:
                self.started.set()
            yield block(number, size)


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(0, 4_000), st.integers(-1, 20))
def test_every_block_comes_once_and_in_order(sizes: list[int], most: int, start_with: int) -> None:
    async def read() -> None:
        reading = Reading(sizes, start_with=start_with)
        ahead = ReadAhead(reading, most)
        await ahead.fill(reading.started)
        assert ahead.held_bytes <= most + max(sizes, default=0) + FRAME_BYTES
        assert list(ahead) == [block(number, size) for number, size in enumerate(sizes)]

    asyncio.run(read())


async def test_reading_ends_at_the_limit_and_with_the_start() -> None:
    limited = Reading([10] * 9)
    await ReadAhead(limited, most_bytes=3 * (10 + FRAME_BYTES)).fill(limited.started)
    assert limited.count == 3
    started = Reading([10] * 9, start_with=4)
    await ReadAhead(started).fill(started.started)
    assert started.count == 5


async def test_what_cannot_be_read_is_said_before_the_start() -> None:
    def damaged() -> Iterator[list[RecordedFrame]]:
        yield block(0, 1)
        raise RecordingError("line 2: expected <receive ns> <json>")

    with pytest.raises(RecordingError, match="line 2"):
        await ReadAhead(damaged()).fill(asyncio.Event())
