"""The WebSocket API and both generations of user streams."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from simulator.binance.signing import ApiKey, Ed25519Verifier
from simulator.exchange.interface import Side
from tests.integration.simulator.signing import api_request, ed25519_signature, now_ms
from tests.integration.simulator.venues import API_KEY, RunningVenue, running_venue

PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC_PEM = (
    PRIVATE_KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
ORDER: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.1",
    "price": "59000",
}


@pytest.fixture
async def venue() -> AsyncIterator[RunningVenue]:
    async with running_venue(keys=[ApiKey("ed-key", "main", Ed25519Verifier(PUBLIC_PEM))]) as running:
        running.quote(Side.BUY, "1", "59990")
        running.quote(Side.SELL, "1", "60010")
        yield running


@pytest.fixture
async def http(venue: RunningVenue) -> AsyncIterator[ClientSession]:
    async with ClientSession(venue.http) as session:
        yield session


@pytest.fixture
async def api(http: ClientSession) -> AsyncIterator[ClientWebSocketResponse]:
    async with http.ws_connect("/ws-api/v3") as ws:
        yield ws


async def call(ws: ClientWebSocketResponse, method: str, sign: bool = True, **parameters: Any) -> Any:
    await ws.send_str(api_request(method, parameters, "r-1", sign))
    return await receive(ws)


async def receive(ws: ClientWebSocketResponse) -> Any:
    return json.loads(await ws.receive_str(timeout=3))


async def test_answers_carry_id_status_result_and_limits(api: ClientWebSocketResponse) -> None:
    answer = await call(api, "time", sign=False)
    bare = await call(api, "ping", sign=False, returnRateLimits=False)
    listed = await call(api, "exchangeInfo", sign=False, symbols=["BTCUSDT"])

    assert (set(answer), answer["id"], answer["status"]) == (
        {"id", "status", "result", "rateLimits"},
        "r-1",
        200,
    )
    assert answer["rateLimits"][0]["count"] == 1
    assert bare == {"id": "r-1", "status": 200, "result": {}}
    assert [symbol["symbol"] for symbol in listed["result"]["symbols"]] == ["BTCUSDT"]


async def test_errors_carry_the_same_codes_as_over_rest(api: ClientWebSocketResponse) -> None:
    async def error(method: str, sign: bool = True, **parameters: Any) -> tuple[int, int]:
        answer = await call(api, method, sign, **parameters)
        return answer["status"], answer["error"]["code"]

    assert await error("order.place", **(ORDER | {"quantity": "100"})) == (400, -2010)
    assert await error("order.status", symbol="BTCUSDT", orderId=9) == (400, -2013)
    assert await error("account.status", sign=False) == (401, -2014)
    assert await error("account.status", sign=False, apiKey=API_KEY, timestamp=now_ms(), signature="00") == (
        400,
        -1022,
    )
    assert await error("no.such.method") == (400, -1020)
    await api.send_str("{nonsense")
    assert (await receive(api))["error"]["code"] == -1135


async def test_an_order_lives_and_dies_and_its_stream_tells(
    api: ClientWebSocketResponse, venue: RunningVenue
) -> None:
    subscribed = await call(api, "userDataStream.subscribe.signature")
    again = await call(api, "userDataStream.subscribe.signature")
    await api.send_str(
        api_request("order.place", ORDER | {"price": "60010", "newClientOrderId": "mine"}, "p")
    )
    messages = [await receive(api) for _ in range(4)]

    assert subscribed["result"] == {"subscriptionId": 0}
    assert again["error"]["code"] == -2035
    new, trade, position = [message["event"] for message in messages if "event" in message]
    assert all(message.get("subscriptionId") == 0 for message in messages if "event" in message)
    assert (new["e"], new["x"], new["X"], new["c"], new["w"]) == (
        "executionReport",
        "NEW",
        "NEW",
        "mine",
        True,
    )
    assert (trade["x"], trade["X"], trade["l"], trade["L"], trade["n"], trade["N"], trade["t"], trade["m"]) == (
        "TRADE", "FILLED", "0.10000000", "60010.00000000", "0.00010000", "BTC", 1, False,
    )  # fmt: skip
    assert (position["e"], {row["a"] for row in position["B"]}) == (
        "outboundAccountPosition",
        {"USDT", "BTC"},
    )
    placed = next(message for message in messages if message.get("id") == "p")
    assert placed["result"]["status"] == "FILLED"


async def test_a_cancel_reports_both_client_ids(api: ClientWebSocketResponse) -> None:
    placed = (await call(api, "order.place", **ORDER, newClientOrderId="mine"))["result"]
    await call(api, "userDataStream.subscribe.signature")
    cancel = {"symbol": "BTCUSDT", "orderId": placed["orderId"], "newClientOrderId": "the-cancel"}
    await api.send_str(api_request("order.cancel", cancel))
    messages = [await receive(api) for _ in range(3)]

    report = messages[0]["event"]
    assert (report["x"], report["c"], report["C"]) == ("CANCELED", "the-cancel", "mine")
    answer = messages[2]["result"]
    assert (answer["origClientOrderId"], answer["clientOrderId"]) == ("mine", "the-cancel")


async def test_a_session_stands_for_key_and_signature(api: ClientWebSocketResponse) -> None:
    timestamp = now_ms()
    signature = ed25519_signature(PRIVATE_KEY, f"apiKey=ed-key&timestamp={timestamp}")
    before = await call(api, "userDataStream.subscribe", sign=False)
    refused = await call(api, "session.logon")
    logged_on = await call(
        api, "session.logon", sign=False, apiKey="ed-key", timestamp=timestamp, signature=signature
    )
    placed = await call(api, "order.place", sign=False, **ORDER, timestamp=now_ms())
    subscribed = await call(api, "userDataStream.subscribe", sign=False)
    ended = await call(api, "userDataStream.unsubscribe", sign=False)
    status = await call(api, "session.logout", sign=False)

    assert before["error"]["code"] == -2014
    assert refused["error"]["code"] == -4056
    assert logged_on["result"]["apiKey"] == "ed-key"
    assert placed["result"]["status"] == "NEW"
    assert (subscribed["result"], ended["result"]) == ({"subscriptionId": 0}, {})
    assert status["result"]["apiKey"] is None


async def test_the_older_user_stream_by_listen_key(http: ClientSession, venue: RunningVenue) -> None:
    headers = {"X-MBX-APIKEY": API_KEY}
    key = (await (await http.post("/api/v3/userDataStream", headers=headers)).json())["listenKey"]
    same = (await (await http.post("/api/v3/userDataStream", headers=headers)).json())["listenKey"]
    kept = await http.put(f"/api/v3/userDataStream?listenKey={key}", headers=headers)
    async with http.ws_connect(f"/ws/{key}") as bare, http.ws_connect(f"/stream?streams={key}") as wrapped:
        venue.exchange.deposit("main", "BTC", venue.exchange.market("BTCUSDT").lot)
        event, named = await receive(bare), await receive(wrapped)
    closed = await http.delete(f"/api/v3/userDataStream?listenKey={key}", headers=headers)
    gone = await http.put(f"/api/v3/userDataStream?listenKey={key}", headers=headers)

    assert (len(key), same) == (64, key)
    assert event["e"] == "outboundAccountPosition"
    assert (named["stream"], named["data"]["e"]) == (key, "outboundAccountPosition")
    assert (kept.status, closed.status, gone.status) == (200, 200, 400)
    assert (await gone.json())["code"] == -1125
