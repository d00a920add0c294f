"""A slow reader holds the schedule for everyone, loses nothing, and is visible."""

import asyncio
import itertools

from simulator.replay.clock import ReplayClock
from simulator.replay.player import MOST_BUFFERED_BYTES, Player, State
from simulator.replay.recording import RecordedFrame
from simulator.replay.subscribers import Connection, Switchboard

FRAME = b'{"stream":"btcusdt@bookTicker","data":{}}'


class SlowTransport:
    """Keeps what is written for some seconds before it takes all of it."""

    def __init__(self) -> None:
        self.data = b""
        self.unread = 0
        self.closed = False

    def write(self, data: bytes) -> None:
        self.data += data
        self.unread += len(data)

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return self.unread


def playback(speed: float, frames: int) -> tuple[Player, SlowTransport]:
    transport = SlowTransport()
    board = Switchboard(["btcusdt@bookTicker"], lambda: None)
    connection = Connection(transport, combined=True, stamped=False, joined_ns=0)  # type: ignore[arg-type]  # what is used
    board.join(connection)
    board.subscribe(connection, "btcusdt@bookTicker")
    stamps = itertools.count(1_000, 1_000_000)
    block = [RecordedFrame(next(stamps), "spot", "BTCUSDT", FRAME) for _ in range(frames)]
    player = Player(
        [block[: frames // 2], block[frames // 2 :]], ReplayClock(1_000, speed), {"spot": board}, {}, {}
    )
    return player, transport


async def test_the_schedule_waits_for_a_reader_that_is_behind() -> None:
    player, transport = playback(speed=1.0, frames=100)
    transport.unread = MOST_BUFFERED_BYTES
    playing = asyncio.create_task(player.play())
    player.start()
    await asyncio.sleep(0.3)
    assert not playing.done()
    assert player.frames_read < 100
    assert player.reader_pauses == 1
    transport.unread = 0
    while not playing.done():
        transport.unread = 0
        await asyncio.sleep(0.005)
    assert player.state is State.DONE
    assert player.frames_read == transport.data.count(FRAME) == 100
    assert player.largest_lag_ns > 200_000_000


async def test_a_reader_that_left_holds_nobody() -> None:
    player, transport = playback(speed=0.0, frames=1_000)
    transport.unread, transport.closed = MOST_BUFFERED_BYTES, True
    player.start()
    await asyncio.wait_for(player.play(), 5)
    assert player.frames_read == 1_000


async def test_the_end_waits_until_the_last_byte_was_taken() -> None:
    player, transport = playback(speed=0.0, frames=10)
    player.start()
    playing = asyncio.create_task(player.play())
    await asyncio.sleep(0.05)
    assert not playing.done()
    transport.unread = 0
    await asyncio.wait_for(playing, 5)
