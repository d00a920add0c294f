"""What tests may break at a venue, and the books that a checker reads."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType

from simulator.exchange.interface import Side
from tests.integration.simulator.signing import api_request, signed
from tests.integration.simulator.venues import API_KEY, RunningVenue, running_venue

HEADERS = {"X-MBX-APIKEY": API_KEY}
ORDER = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.1",
    "price": "59000",
}


@pytest.fixture
async def venue() -> AsyncIterator[RunningVenue]:
    async with running_venue() as running:
        running.quote(Side.SELL, "5", "60010")
        yield running


@pytest.fixture
async def http(venue: RunningVenue) -> AsyncIterator[ClientSession]:
    async with ClientSession(venue.http) as session:
        yield session


async def fault(http: ClientSession, **body: object) -> Any:
    response = await http.post("/_sim/faults", json=body)
    assert response.status == 200, await response.text()
    return await response.json()


async def place_two_without_answer(http: ClientSession) -> Any:
    """Place an order over REST and one over the socket, neither of which is answered; end the faults and return what was counted."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(http.post(f"/api/v3/order?{signed(ORDER)}", headers=HEADERS), 0.3)
    async with http.ws_connect("/ws-api/v3") as ws:
        await ws.send_str(api_request("order.place", ORDER))
        with pytest.raises(TimeoutError):
            await ws.receive(timeout=0.2)
    return await (await http.delete("/_sim/faults")).json()


async def test_a_lost_reply_leaves_the_order_standing(http: ClientSession, venue: RunningVenue) -> None:
    await fault(http, kind="lose_replies", probability=1)
    healed = await place_two_without_answer(http)

    assert len(venue.exchange.open_orders("main")) == 2
    assert (healed["lost_replies"], healed["lose_reply_probability"]) == (2, "0.0")


async def test_a_lost_request_changes_nothing(http: ClientSession, venue: RunningVenue) -> None:
    await fault(http, kind="lose_requests", probability=1)
    healed = await place_two_without_answer(http)

    assert venue.exchange.open_orders("main") == []
    assert (healed["lost_requests"], healed["lose_request_probability"]) == (2, "0.0")


async def test_replies_can_come_late(http: ClientSession) -> None:
    await fault(http, kind="delay_replies", milliseconds=200)
    started = time.monotonic()
    await http.get("/api/v3/ping")

    assert time.monotonic() - started >= 0.2


async def test_connections_can_be_dropped(http: ClientSession) -> None:
    async with http.ws_connect("/ws") as market, http.ws_connect("/ws-api/v3") as user:
        report = await fault(http, kind="drop_connections", scope="market")
        ended = await market.receive(timeout=2)
        await user.send_str(api_request("ping", {}, sign=False))
        alive = await user.receive(timeout=2)

    assert report["dropped_connections"] == 1
    assert ended.type in (WSMsgType.CLOSED, WSMsgType.ERROR, WSMsgType.CLOSE)
    assert alive.type is WSMsgType.TEXT


@pytest.mark.parametrize("kind", ["duplicate", "drop", "truncate", "garbage", "wrong_types", "out_of_order"])
async def test_market_frames_can_be_spoilt_a_counted_number_of_times(
    http: ClientSession, venue: RunningVenue, kind: str
) -> None:
    await fault(http, kind="frames", fault=kind, every=2, count=1)
    async with http.ws_connect("/ws/btcusdt@trade") as ws:
        for _ in range(4):
            venue.quote(Side.BUY, "0.1", "60010")
        await ws.send_str('{"method":"LIST_SUBSCRIPTIONS","id":99}')
        texts = [await ws.receive_str(timeout=2)]
        while '"id":99' not in texts[-1]:
            texts.append(await ws.receive_str(timeout=2))
    seen = [trade_id(text) for text in texts[:-1]]

    expected = {
        "duplicate": [1, 2, 2, 3, 4],
        "drop": [1, 3, 4],
        "truncate": [1, None, 3, 4],
        "garbage": [1, None, 3, 4],
        "wrong_types": [1, 2, 3, 4],
        "out_of_order": [1, 3, 2, 4],
    }
    assert seen == expected[kind]
    assert not isinstance(json.loads(texts[1]).get("p") if kind == "wrong_types" else None, str)


def trade_id(text: str) -> int | None:
    try:
        return int(json.loads(text)["t"])
    except ValueError:
        return None


async def test_a_silent_market_keeps_its_connections(http: ClientSession, venue: RunningVenue) -> None:
    async with http.ws_connect("/ws/btcusdt@trade") as ws:
        await fault(http, kind="silence", seconds=0.2)
        venue.quote(Side.BUY, "0.1", "60010")
        await asyncio.sleep(0.25)
        venue.quote(Side.BUY, "0.1", "60010")
        first = json.loads(await ws.receive_str(timeout=2))

    assert first["t"] == 2


async def test_a_market_can_be_halted(http: ClientSession) -> None:
    await fault(http, kind="halt", symbol="BTCUSDT")
    refused = await (await http.post(f"/api/v3/order?{signed(ORDER)}", headers=HEADERS)).json()
    (symbol,) = (await (await http.get("/api/v3/exchangeInfo?symbol=BTCUSDT")).json())["symbols"]
    await fault(http, kind="resume", symbol="BTCUSDT")
    accepted = await http.post(f"/api/v3/order?{signed(ORDER)}", headers=HEADERS)

    assert (refused["code"], refused["msg"], symbol["status"]) == (-2010, "Market is closed.", "HALT")
    assert accepted.status == 200


async def test_a_fault_that_does_not_exist_is_refused(http: ClientSession) -> None:
    for body in ({}, {"kind": "earthquake"}, {"kind": "frames", "fault": "unknown"}, {"kind": "silence"}):
        response = await http.post("/_sim/faults", json=body)
        assert response.status == 400
        assert (await response.json())["error"]


async def test_the_state_shows_orders_trades_balances_and_no_secret(http: ClientSession) -> None:
    await http.post(f"/api/v3/order?{signed(ORDER | {'price': '60010'})}", headers=HEADERS)
    response = await http.get("/_sim/state")
    state = await response.json()

    main = state["accounts"]["main"]
    assert [order["status"] for order in main["orders"]] == ["FILLED"]
    assert [trade["commission"] for trade in main["trades"]] == ["0.00010000"]
    assert main["balances"]["BTC"] == {"free": "10.09990000", "locked": "0.00000000"}
    assert (main["forgotten_orders"], main["forgotten_trades"]) == (0, 0)
    assert API_KEY not in await response.text()
