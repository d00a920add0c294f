"""Market streams: names, wrapping, chains of update ids, faults, and what happens to clients that misbehave."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from simulator.binance.socket import SocketSettings
from simulator.exchange.interface import Side
from tests.integration.simulator.venues import RunningVenue, running_venue


@pytest.fixture
async def venue() -> AsyncIterator[RunningVenue]:
    async with running_venue() as running:
        running.quote(Side.BUY, "1", "59990")
        running.quote(Side.SELL, "1", "60010")
        yield running


@pytest.fixture
async def http(venue: RunningVenue) -> AsyncIterator[ClientSession]:
    async with ClientSession(venue.http) as session:
        yield session


async def ask(
    ws: ClientWebSocketResponse, method: str, parameters: Any = None, request_id: object = 1
) -> Any:
    await ws.send_str(json.dumps({"method": method, "params": parameters or [], "id": request_id}))
    return await receive(ws)


async def receive(ws: ClientWebSocketResponse) -> Any:
    return json.loads(await ws.receive_str(timeout=3))


async def test_subscriptions_are_acknowledged_listed_and_ended(http: ClientSession) -> None:
    async with http.ws_connect("/ws/0") as ws:
        assert await ask(ws, "SUBSCRIBE", ["btcusdt@trade", "nosuch@thing"], 7) == {"result": None, "id": 7}
        assert (await ask(ws, "LIST_SUBSCRIPTIONS"))["result"] == ["btcusdt@trade", "nosuch@thing"]
        assert (await ask(ws, "UNSUBSCRIBE", ["nosuch@thing"], "x-1")) == {"result": None, "id": "x-1"}
        assert (await ask(ws, "LIST_SUBSCRIPTIONS"))["result"] == ["btcusdt@trade"]


async def test_wrapping_follows_the_path_and_the_property(http: ClientSession, venue: RunningVenue) -> None:
    async with (
        http.ws_connect("/stream?streams=btcusdt@trade/btcusdt@aggTrade") as wrapped,
        http.ws_connect("/ws/btcusdt@trade") as bare,
    ):
        venue.quote(Side.BUY, "0.1", "60010")
        first, second = await receive(wrapped), await receive(wrapped)
        assert (first["stream"], first["data"]["e"]) == ("btcusdt@trade", "trade")
        assert (second["stream"], second["data"]["e"]) == ("btcusdt@aggTrade", "aggTrade")
        assert set(await receive(bare)) == {"e", "E", "s", "t", "p", "q", "T", "m", "M"}
        assert (await ask(bare, "GET_PROPERTY", ["combined"]))["result"] is False
        assert (await ask(bare, "SET_PROPERTY", ["combined", True]))["result"] is None
        venue.quote(Side.BUY, "0.1", "60010")
        assert (await receive(bare))["stream"] == "btcusdt@trade"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{nonsense", 3),
        ('["SUBSCRIBE"]', 2),
        ('{"method":"DANCE","id":1}', 2),
        ('{"method":"SUBSCRIBE","params":[1],"id":1}', 2),
        ('{"method":"GET_PROPERTY","params":["colour"],"id":1}', 0),
        ('{"method":"SET_PROPERTY","params":["combined","yes"],"id":1}', 1),
        ('{"method":"LIST_SUBSCRIPTIONS","id":{"a":1}}', 2),
    ],
)
async def test_wrong_requests_are_answered_with_the_documented_codes(
    http: ClientSession, text: str, code: int
) -> None:
    async with http.ws_connect("/ws") as ws:
        await ws.send_str(text)
        assert (await receive(ws))["code"] == code


async def test_depth_events_form_a_chain_that_joins_the_snapshot_and_agrees_with_the_quotes(
    http: ClientSession, venue: RunningVenue
) -> None:
    events: list[dict[str, Any]] = []
    quotes: dict[int, dict[str, str]] = {}
    async with http.ws_connect("/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker") as ws:
        churning = asyncio.create_task(churn(venue, 120))
        await asyncio.sleep(0.15)
        snapshot = await (await http.get("/api/v3/depth?symbol=BTCUSDT&limit=5000")).json()
        await churning
        while not events or events[-1]["u"] < venue.exchange.listed("BTCUSDT").book.update_id:
            message = await receive(ws)
            if message["stream"].endswith("bookTicker"):
                quotes[message["data"]["u"]] = message["data"]
            else:
                events.append(message["data"])

    assert len(events) >= 5
    assert all(after["U"] == before["u"] + 1 for before, after in itertools.pairwise(events))
    book_id, compared = snapshot["lastUpdateId"], 0
    sides = {name: dict(snapshot[name]) for name in ("bids", "asks")}
    for event in events:
        if event["u"] <= book_id:
            continue
        assert event["U"] <= book_id + 1 <= event["u"]
        for name, changes in (("bids", event["b"]), ("asks", event["a"])):
            sides[name].update(changes)
        book_id = event["u"]
        # Every change of the best is a quote, so the newest one up to this id tells the best of the book here.
        quoted = max((update_id for update_id in quotes if update_id <= book_id), default=None)
        if quoted is not None:
            compared += 1
            assert quotes[quoted]["b"] == best(sides["bids"], max)
            assert quotes[quoted]["a"] == best(sides["asks"], min)
    assert compared >= 3
    assert best(sides["bids"], max) == f"{venue.exchange.best('BTCUSDT')[0]:.8f}"


def best(levels: dict[str, str], choose: Callable[[list[float]], float]) -> str:
    return f"{choose([float(price) for price, quantity in levels.items() if float(quantity)]):.8f}"


async def churn(venue: RunningVenue, steps: int) -> None:
    """Change the book every few milliseconds, best prices included."""
    for step in range(steps):
        order = venue.quote(Side.BUY, "0.5", f"59{991 + step % 7}")
        if step % 3:
            venue.exchange.cancel("maker", "BTCUSDT", order)
        if step % 10 == 0:
            venue.quote(Side.SELL, "0.2", "59991")
        await asyncio.sleep(0.005)


async def test_every_kind_of_stream_speaks(http: ClientSession, venue: RunningVenue) -> None:
    names = [
        "trade", "aggTrade", "bookTicker", "depth", "depth@100ms", "depth5", "depth10@100ms", "depth20", "kline_1s",
        "kline_1m", "miniTicker", "ticker", "avgPrice",
    ]  # fmt: skip
    waiting = {f"btcusdt@{name}" for name in names} | {"!miniTicker@arr"}
    fields: dict[str, Any] = {}
    async with http.ws_connect(f"/stream?streams={'/'.join(waiting)}") as ws:
        venue.quote(Side.BUY, "0.1", "60010")
        while waiting:
            message = await receive(ws)
            waiting.discard(message["stream"])
            fields[message["stream"]] = message["data"]

    assert set(fields["btcusdt@bookTicker"]) == {"u", "s", "b", "B", "a", "A"}
    assert set(fields["btcusdt@depth5"]) == {"lastUpdateId", "bids", "asks"}
    assert set(fields["btcusdt@aggTrade"]) == {"e", "E", "s", "a", "p", "q", "f", "l", "T", "m", "M"}
    assert len(fields["btcusdt@ticker"]) == 23
    assert len(fields["btcusdt@kline_1s"]["k"]) == 17
    assert fields["btcusdt@kline_1s"]["k"]["x"] is True


async def test_the_server_pings_and_closes_whoever_does_not_answer() -> None:
    impatient = SocketSettings(ping_interval_s=0.5, pong_timeout_s=1.0)
    async with (
        running_venue(sockets=impatient) as venue,
        ClientSession(venue.http) as http,
        http.ws_connect("/ws", autoping=False) as ws,
    ):
        ping = await ws.receive(timeout=3)
        closed = await ws.receive(timeout=5)
        while closed.type is WSMsgType.PING:
            closed = await ws.receive(timeout=5)

    assert ping.type is WSMsgType.PING
    assert (closed.type, closed.data) == (WSMsgType.CLOSE, 1008)


async def test_too_many_requests_close_the_connection(http: ClientSession) -> None:
    async with http.ws_connect("/ws") as ws:
        for _ in range(12):
            await ws.send_str('{"method":"LIST_SUBSCRIPTIONS","id":1}')
        message = await ws.receive(timeout=3)
        while message.type is WSMsgType.TEXT:
            message = await ws.receive(timeout=3)

    assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, 1008, "Too many requests")


async def test_a_connection_ends_with_its_lifetime() -> None:
    async with (
        running_venue(sockets=SocketSettings(lifetime_s=0.5)) as venue,
        ClientSession(venue.http) as http,
        http.ws_connect("/ws") as ws,
    ):
        message = await ws.receive(timeout=3)

    assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)


async def test_a_slow_consumer_is_disconnected_and_others_go_on() -> None:
    small = SocketSettings(queued_frames=50)
    async with running_venue(sockets=small) as venue, ClientSession(venue.http) as http:
        good = await http.ws_connect("/ws/btcusdt@trade")
        _, writer = await deaf_client(venue)
        assert venue.server.connection_count == 2
        published = 0
        while venue.server.connection_count == 2 and published < 500:
            venue.server.service.hub.publish("btcusdt@trade", {"number": published, "ballast": "x" * 100_000})
            assert (await receive(good))["number"] == published
            published += 1
            await asyncio.sleep(0)
        writer.close()

        assert published < 500
        assert venue.server.connection_count == 1


async def deaf_client(venue: RunningVenue) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a subscription that is never read again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port, limit=1024)
    writer.write(
        b"GET /ws/btcusdt@trade HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer
