"""Messages come out whole and in order, however the network cuts the bytes; a bad peer ends the socket and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvloop
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from sextant.venues.native import choose
from sextant.venues.text_frames import Cut, cut_texts
from sextant.venues.websocket import MAX_MESSAGE_BYTES, ConnectFailed, FrameSocket

ADDRESS = "ws://127.0.0.1:1/stream?streams=btcusdt@trade"


class Wire(asyncio.Transport):
    """What the client writes."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_ended = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def write_eof(self) -> None:
        self.is_ended = True

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self.is_ended

    def is_reading(self) -> bool:
        return True

    def abort(self) -> None:
        self.is_ended = True


class Peers:
    """A client under test and a server's protocol, joined by hand."""

    def __init__(self, cut: Cut = cut_texts) -> None:
        self.opened: list[int] = []
        self.messages: list[bytes] = []
        self.wire = Wire()
        self.client = FrameSocket(
            ClientProtocol(parse_uri(ADDRESS), max_size=MAX_MESSAGE_BYTES),
            lambda: self.opened.append(len(self.messages)),
            self.messages.extend,
            cut,
        )
        self.client.connection_made(self.wire)
        self.server = ServerProtocol()
        self.shaking = asyncio.ensure_future(self.client._shake_hands({"X-Replay-Stamps": "1"}))

    async def accept(self) -> bytes:
        """Return the server's acceptance, not yet given to the client."""
        await asyncio.sleep(0)
        self.server.receive_data(self.wire.written)
        self.wire.written = b""
        (request,) = self.server.events_received()
        assert request.headers["X-Replay-Stamps"] == "1"  # type: ignore[union-attr]
        self.server.send_response(self.server.accept(request))  # type: ignore[arg-type]
        return self.said()

    def said(self) -> bytes:
        return b"".join(self.server.data_to_send())


sizes = st.sampled_from((0, 1, 125, 126, 127, 300, 65_535, 65_536, 70_000))


@given(
    lengths=st.lists(st.tuples(sizes, st.sampled_from(("whole", "parts", "ping"))), max_size=8),
    data=st.data(),
    path=st.sampled_from(("pure", "auto")),
)
def test_messages_are_whole_however_the_bytes_are_cut(
    lengths: list[tuple[int, str]], data: st.DataObject, path: str
) -> None:
    async def scenario() -> None:
        peers = Peers(choose(path).cut)
        stream = await peers.accept()
        expected = []
        for number, (length, how) in enumerate(lengths):
            payload = bytes([65 + number]) * length
            if how == "ping":
                peers.server.send_ping(payload[:100])
            elif how == "parts":
                peers.server.send_text(payload[: length // 2], fin=False)
                peers.server.send_continuation(payload[length // 2 :], fin=True)
            else:
                peers.server.send_text(payload)
            if how != "ping":
                expected.append(payload)
        stream += peers.said()
        cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            peers.client.data_received(stream[start:end])
        await peers.shaking
        assert peers.opened == [0]
        assert peers.messages == expected

    asyncio.run(scenario())


async def test_nothing_after_a_close_is_a_message_and_its_code_is_told() -> None:
    peers = Peers()
    peers.client.data_received(await peers.accept())
    peers.server.send_text(b"before")
    before = peers.said()
    peers.server.send_close(1012, "service restart")
    peers.client.data_received(before + peers.said() + b"\x81\x05after")
    peers.client.connection_lost(None)
    assert peers.messages == [b"before"]
    ended = await peers.client.wait_closed()
    assert (ended.code, ended.reason) == (1012, "service restart")


@pytest.mark.parametrize(
    "bad", [b"\x81\x85abcdhello", b"\xf1\x02hi", b"\x83\x00", b"\x81\x7f" + (2**40).to_bytes(8, "big")],
    ids=["masked", "reserved bits", "unknown kind", "a terabyte"],
)  # fmt: skip
async def test_a_peer_that_breaks_the_protocol_is_closed(bad: bytes) -> None:
    peers = Peers()
    peers.client.data_received(await peers.accept())
    peers.wire.written = b""
    peers.client.data_received(bad)
    assert peers.messages == []
    assert peers.wire.written[:1] == b"\x88"


@pytest.mark.parametrize("later", [b"\x81\x05after", b"\x01\x02af"], ids=["a message", "a part"])
async def test_nothing_that_comes_after_a_breach_is_a_message(later: bytes) -> None:
    peers = Peers()
    peers.client.data_received(await peers.accept())
    peers.client.data_received(b"\x81\x85abcdhello")
    peers.client.data_received(later)
    peers.client.data_received(b"\x81\x05after")
    assert peers.messages == []


async def test_the_peers_goodbye_is_heard_behind_other_frames() -> None:
    peers = Peers()
    peers.client.data_received(await peers.accept())
    closing = asyncio.ensure_future(peers.client.close())
    await asyncio.sleep(0)
    peers.server.send_ping(b"")
    peers.server.send_text(b"late")
    peers.server.send_close(1001, "going away")
    peers.client.data_received(peers.said())
    peers.client.connection_lost(None)
    assert (await closing).code == 1001
    assert peers.messages == []


async def test_an_answer_without_an_end_takes_no_memory_without_end() -> None:
    peers = Peers()
    await peers.accept()
    for _ in range(70):
        peers.client.data_received(b"x" * 1_024)
    assert peers.wire.is_ended


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_both_event_loops_carry_it(loop: Any) -> None:
    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("x" * 200_000)
        await socket.close(code=1001, message=b"bye")
        return socket

    async def scenario() -> None:
        application = web.Application()
        application.router.add_get("/stream", echo)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port, messages = runner.addresses[0][1], list[bytes]()
        socket = await FrameSocket.open(f"ws://127.0.0.1:{port}/stream", lambda: None, messages.extend)
        ended = await asyncio.wait_for(socket.wait_closed(), 5)
        assert (ended.code, ended.reason) == (1001, "bye")
        assert messages == [b"x" * 200_000]
        with pytest.raises(ConnectFailed, match="404"):
            await FrameSocket.open(f"ws://127.0.0.1:{port}/nowhere", lambda: None, messages.extend)
        await runner.cleanup()
        with pytest.raises(ConnectFailed):
            await FrameSocket.open(f"ws://127.0.0.1:{port}/stream", lambda: None, messages.extend)

    running = loop()
    try:
        running.run_until_complete(scenario())
    finally:
        running.close()
