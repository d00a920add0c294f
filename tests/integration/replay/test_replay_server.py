"""A replay over real sockets: what was recorded arrives, whole, in order, when it is due, on the venue's own paths."""

import asyncio
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import ccxt.pro
import pytest

from simulator.replay.server import ReplayOptions, Start
from tests.integration.replay.clients import PATHS, Client, replay, streams
from tests.unit.simulator.replay.recordings import (
    CLOCK_OFFSET_MS,
    FIRST_NS,
    SNAPSHOT_AT,
    read_lines,
    write_recording,
)

REAL = Path(__file__).resolve().parents[4] / "shared" / "market" / "ws_raw" / "binance_multi"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the recordings of ../shared/market are absent")
FILES = {"spot": "spot_{}_20240808.gz", "usdm": "usdm_{}_20240808.gz", "coinm": "cm_{}_20240808.gz"}
SYMBOLS = {
    "spot": ("btcusdt", "ethusdt"),
    "usdm": ("btcusdt", "ethusdt"),
    "coinm": ("btcusd_perp", "ethusd_perp"),
}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "recording")


def lines_of(directory: Path, venue: str) -> list[tuple[int, str]]:
    """Return the stream frames of a venue in the order of their stamps."""
    lines = [line for name in SYMBOLS[venue] for line in read_lines(directory / FILES[venue].format(name))]
    return sorted(line for line in lines if line[1].startswith('{"stream"'))


def snapshot_of(directory: Path, venue: str, symbol: str) -> str:
    return read_lines(directory / FILES[venue].format(symbol))[SNAPSHOT_AT][1]


async def test_every_frame_arrives_once_byte_for_byte_and_the_sockets_close_together(recording: Path) -> None:
    async with replay(ReplayOptions(recording, speed=0.0)) as client:
        received = await client.read_all()
        status = await client.json("usdm", "/_replay/status")
    for venue, got in received.items():
        assert got.texts == [raw for _, raw in lines_of(recording, venue)]
        assert got.close_code == 1000
    assert status["done"]
    assert status["frames_sent"] == sum(len(got.texts) for got in received.values())
    assert all(stream["sent"] == stream["recorded"] > 0 for stream in status["streams"].values())


async def test_stamps_come_with_the_frames_when_asked_for(recording: Path) -> None:
    async with replay(ReplayOptions(recording, speed=0.0)) as client:
        received = await client.read_all(**{"X-Replay-Stamps": "1"})
    for venue, got in received.items():
        assert got.texts == [f"{stamp} {raw}" for stamp, raw in lines_of(recording, venue)]


async def test_stamps_can_be_asked_for_in_the_address_of_a_raw_stream(recording: Path) -> None:
    async with replay(ReplayOptions(recording, speed=0.0, start=Start.CONNECTED)) as client:
        got = await client.read("spot", "/ws/btcusdt@trade?replayStamps=1")
    trades = [(stamp, raw) for stamp, raw in lines_of(recording, "spot") if "btcusdt@trade" in raw]
    assert [text.partition(" ")[0] for text in got.texts] == [str(stamp) for stamp, _ in trades]
    assert [json.loads(text.partition(" ")[2]) for text in got.texts] == [
        json.loads(raw)["data"] for _, raw in trades
    ]


async def test_nothing_is_sent_before_all_streams_are_connected(recording: Path) -> None:
    async with replay(ReplayOptions(recording, speed=0.0)) as client:
        spot = asyncio.create_task(client.read("spot", f"/stream?streams={'/'.join(streams('spot'))}"))
        usdm = asyncio.create_task(client.read("usdm", f"/public/stream?streams={'/'.join(streams('usdm'))}"))
        await asyncio.sleep(0.2)
        status = await client.json("spot", "/_replay/status")
        assert status["state"] == "waiting"
        assert status["frames_read"] == 0
        assert set(status["waiting_for"]) == {f"coinm/{name}" for name in streams("coinm")}
        coinm = await client.read("coinm", f"/stream?streams={'/'.join(streams('coinm'))}")
        assert len(coinm.texts) == len(lines_of(recording, "coinm"))
        await asyncio.gather(spot, usdm)


async def test_one_that_is_to_be_told_waits_with_every_stream_connected(recording: Path) -> None:
    async with replay(ReplayOptions(recording, speed=0.0, start=Start.TOLD)) as client:
        reading = asyncio.create_task(client.read_all())
        await asyncio.sleep(0.2)
        status = await client.json("spot", "/_replay/status")
        assert all(stream["subscribers"] == 1 for stream in status["streams"].values())
        assert (status["state"], status["frames_read"]) == ("waiting", 0)
        assert status["waiting_for"] == ["POST /_replay/start"]
        await client.start()
        received = await reading
    assert {venue: len(got.texts) for venue, got in received.items()} == {
        venue: len(lines_of(recording, venue)) for venue in received
    }


async def test_spacing_is_the_original_divided_by_the_speed_on_one_clock(recording: Path) -> None:
    speed = 2.0
    async with replay(ReplayOptions(recording, speed=speed)) as client:
        received = await client.read_all()
        status = await client.json("spot", "/_replay/status")
    delays = []
    for venue, got in received.items():
        due = [(stamp - FIRST_NS) / 1e9 / speed for stamp, _ in lines_of(recording, venue)]
        delays += [arrival - planned for arrival, planned in zip(got.arrivals, due, strict=True)]
    origin = min(delays)
    late = sorted(delay - origin for delay in delays)
    assert late[len(late) // 2] < 0.02
    assert late[-1] < 0.2
    assert 0.0 <= status["largest_send_lag_ms"] < 200.0


async def test_a_depth_request_waits_for_the_snapshots_place_and_gets_its_bytes(recording: Path) -> None:
    paths = {
        "spot": "/api/v3/depth?symbol=BTCUSDT&limit=1000",
        "usdm": "/fapi/v1/depth?symbol=BTCUSDT&limit=1000",
    }
    async with replay(ReplayOptions(recording, speed=0.5)) as client:
        held = {venue: asyncio.create_task(client.get(venue, path)) for venue, path in paths.items()}
        await asyncio.sleep(0.1)
        assert not any(task.done() for task in held.values())
        reading = asyncio.create_task(client.read_all())
        for venue, task in held.items():
            status, body = await task
            assert status == 200
            assert body.decode() == snapshot_of(recording, venue, "btcusdt")
        status_then = await client.json("spot", "/_replay/status")
        assert SNAPSHOT_AT <= status_then["frames_read"] < 600
        reading.cancel()


async def test_who_joins_late_gets_a_book_that_bridges(recording: Path) -> None:
    async with replay(ReplayOptions(recording, speed=0.25)) as client:
        await client.start()
        await asyncio.sleep(0.8)
        async with client.socket("spot", "/ws/btcusdt@depth@100ms") as socket:
            changes = [json.loads((await socket.receive()).data) for _ in range(2)]
            book = await client.json("spot", "/api/v3/depth?symbol=BTCUSDT&limit=1000")
            changes += [json.loads((await socket.receive()).data) for _ in range(3)]
    assert book["lastUpdateId"] > json.loads(snapshot_of(recording, "spot", "btcusdt"))["lastUpdateId"]
    kept = [change for change in changes if change["u"] > book["lastUpdateId"]]
    assert kept[0]["U"] <= book["lastUpdateId"] + 1 <= kept[0]["u"]
    assert all(after["U"] == before["u"] + 1 for before, after in pairwise(kept))


async def test_streams_can_be_subscribed_by_message(recording: Path) -> None:
    options = ReplayOptions(recording, speed=0.0, start=Start.CONNECTED)
    async with replay(options) as client, client.socket("coinm", "/ws") as socket:
        await socket.send_str('{"method":"SUBSCRIBE","params":["btcusd_perp@trade"],"id":9}')
        texts = [message.data async for message in socket]
    acknowledgement = '{"result":null,"id":9}'
    assert texts.count(acknowledgement) == 1
    assert {json.loads(text)["e"] for text in texts if text != acknowledgement} == {"trade"}


async def test_the_wrong_route_of_a_routed_venue_is_silent(recording: Path) -> None:
    async with replay(ReplayOptions(recording, speed=0.0)) as client:
        wrong = asyncio.create_task(client.read("usdm", "/market/stream?streams=btcusdt@depth@0ms"))
        unrouted = asyncio.create_task(client.read("usdm", "/stream?streams=btcusdt@trade"))
        await asyncio.sleep(0.1)
        await client.start()
        assert (await wrong).texts == []
        assert {json.loads(text)["stream"] for text in (await unrouted).texts} == {"btcusdt@trade"}


async def test_after_the_end_a_new_socket_is_closed_at_once(recording: Path) -> None:
    async with replay(ReplayOptions(recording, speed=0.0)) as client:
        await client.start()
        await client.server.finished()
        again = await client.read("spot", "/stream?streams=btcusdt@trade")
    assert (again.texts, again.close_code) == ([], 1000)


async def test_the_venues_calls_are_answered_in_its_forms(recording: Path) -> None:
    roots = {"spot": "/api/v3", "usdm": "/fapi/v1", "coinm": "/dapi/v1"}
    async with replay(ReplayOptions(recording, speed=0.0)) as client:
        for venue, root in roots.items():
            start_ms = (await client.json(venue, f"{root}/time"))["serverTime"]
            assert abs(start_ms - FIRST_NS // 1_000_000 - CLOCK_OFFSET_MS) < 50
            symbols = (await client.json(venue, f"{root}/exchangeInfo"))["symbols"]
            assert [each["symbol"].lower() for each in symbols] == list(SYMBOLS[venue])
            assert await client.json(venue, f"{root}/klines?symbol={symbols[0]['symbol']}&interval=1s") == []
            assert await client.get(venue, f"{root}/ping") == (200, b"{}")
        await client.start()
        await client.server.finished()
        rows = await client.json("spot", "/api/v3/klines?symbol=BTCUSDT&interval=1s")
    trades = [raw for _, raw in lines_of(recording, "spot") if "btcusdt@trade" in raw]
    assert sum(row[8] for row in rows) == len(trades)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v3/depth?symbol=NOPE", 400, -1121),
        ("/api/v3/depth?symbol=BTCUSDT&limit=x", 400, -1100),
        ("/api/v3/klines?symbol=BTCUSDT&interval=7m", 400, -1120),
        ("/api/v3/order", 404, -1000),
    ],
)
async def test_errors_have_the_venues_form(recording: Path, path: str, status: int, code: int) -> None:
    async with replay(ReplayOptions(recording, speed=0.0)) as client:
        answered, body = await client.get("spot", path)
    assert (answered, json.loads(body)["code"]) == (status, code)


def ccxt_client(client: Client) -> Any:
    """Return an unmodified third-party client whose addresses lead to the replay."""
    exchange = ccxt.pro.binance({"enableRateLimit": False, "options": {"fetchMarkets": {"types": ["spot"]}}})
    http, ws = client.url("spot", ""), client.url("spot", "").replace("http", "ws")
    exchange.urls["api"] = _redirected(exchange.urls["api"], http, ws)
    exchange.has["fetchCurrencies"] = False
    return exchange


def _redirected(urls: Any, http: str, ws: str) -> Any:
    if isinstance(urls, dict):
        return {name: _redirected(url, http, ws) for name, url in urls.items()}
    scheme, _, rest = urls.partition("://")
    path = "/" + rest.partition("/")[2] if "/" in rest else ""
    return (ws if scheme == "wss" else http) + path


async def test_a_third_party_client_builds_the_recorded_book(recording: Path) -> None:
    options = ReplayOptions(recording, speed=0.5, start=Start.CONNECTED)
    async with replay(options) as client:
        exchange = ccxt_client(client)
        try:
            book = await asyncio.wait_for(exchange.watch_order_book("BTC/USDT"), 10)
            first = book["nonce"]
            while book["nonce"] < first + 30:
                book = await asyncio.wait_for(exchange.watch_order_book("BTC/USDT"), 10)
            assert book["bids"][0][0] < book["asks"][0][0]
            tickers = {
                json.loads(raw)["data"]["u"]: json.loads(raw)["data"]
                for _, raw in lines_of(recording, "spot")
                if "btcusdt@bookTicker" in raw
            }
            best = tickers[book["nonce"]]
            assert (book["bids"][0][0], book["asks"][0][0]) == (float(best["b"]), float(best["a"]))
        finally:
            await exchange.close()


@needs_real
async def test_the_real_recording_arrives_whole() -> None:
    async with replay(ReplayOptions(REAL, speed=0.0)) as client:
        received = await client.read_all()
        status = await client.json("spot", "/_replay/status")
    assert status["frames_sent"] == 332_194
    assert {venue: len(got.texts) for venue, got in received.items()} == {
        "spot": 74_865,
        "usdm": 168_607,
        "coinm": 88_722,
    }
    for venue, got in received.items():
        counts = Counter(text[11 : text.index('"', 11)] for text in got.texts)
        assert counts == {name: status["streams"][f"{venue}/{name}"]["recorded"] for name in counts}
        assert set(counts) == set(streams(venue))
    assert PATHS.keys() == received.keys()
