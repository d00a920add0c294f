"""The rules around a request: signatures, age, parameters, errors, limits, and what an answer contains."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientResponse, ClientSession
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from simulator.binance.limits import LimitSettings
from simulator.binance.signing import ApiKey, Ed25519Verifier, HmacVerifier
from simulator.exchange.interface import Side
from tests.integration.simulator.signing import ed25519_signature, now_ms, signed
from tests.integration.simulator.venues import API_KEY, SECRET, RunningVenue, running_venue

PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC_PEM = (
    PRIVATE_KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
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
    keys = [ApiKey("ed-key", "main", Ed25519Verifier(PUBLIC_PEM))]
    async with running_venue(keys=keys) as running:
        running.quote(Side.BUY, "1", "59990")
        running.quote(Side.SELL, "1", "60010")
        yield running


@pytest.fixture
async def http(venue: RunningVenue) -> AsyncIterator[ClientSession]:
    async with ClientSession(venue.http) as session:
        yield session


async def error_of(response: ClientResponse) -> tuple[int, int, str]:
    body = await response.json()
    return response.status, body["code"], body["msg"]


async def ask(
    http: ClientSession, method: str, path: str, parameters: dict[str, Any], **headers: str
) -> ClientResponse:
    return await http.request(method, f"{path}?{signed(parameters)}", headers=HEADERS | headers)


async def test_a_signature_may_stand_in_query_or_body_and_may_be_upper_case(http: ClientSession) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    in_body = await http.post("/api/v3/order", data=signed(ORDER), headers=HEADERS | form)
    in_query = await http.post(f"/api/v3/order?{signed(ORDER)}", headers=HEADERS)
    query, body = (
        "symbol=BTCUSDT&side=SELL",
        f"type=LIMIT&timeInForce=GTC&quantity=0.1&price=61000&timestamp={now_ms()}",
    )
    digest = hmac.new(SECRET.encode(), (query + body).encode(), hashlib.sha256).hexdigest().upper()
    in_both = await http.post(
        f"/api/v3/order?{query}", data=f"{body}&signature={digest}", headers=HEADERS | form
    )

    assert [response.status for response in (in_body, in_query, in_both)] == [200, 200, 200]


async def test_an_ed25519_key_signs_too(http: ClientSession) -> None:
    payload = urlencode({"timestamp": now_ms()})
    signature = ed25519_signature(PRIVATE_KEY, payload)
    right = await http.get(
        f"/api/v3/account?{payload}&{urlencode({'signature': signature})}", headers={"X-MBX-APIKEY": "ed-key"}
    )
    wrong = await http.get(f"/api/v3/account?{payload}&signature=AAAA", headers={"X-MBX-APIKEY": "ed-key"})

    assert right.status == 200
    assert (await error_of(wrong))[1] == -1022


def test_signatures_that_were_computed_elsewhere_are_accepted() -> None:
    order = (
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.002&price=50000.10&newClientOrderId=sim-1"
        "&recvWindow=5000&timestamp=1760000000123"
    )
    digest = "ff7e6208a5cfce894c298234f0b82184fbd4bfcdb663b9fe7aef04358753ef83"
    signature = "SXIIIOPv9AvFZNhS9+biVWCCZdFbmxpCrVJF3Lv4i6/b32WAr3qddB4wEsJyde3ZhlN7fhWyLD8L/uf0yjqqAQ=="

    assert HmacVerifier(SECRET.encode()).accepts(order.encode(), digest)
    assert Ed25519Verifier(PUBLIC_PEM).accepts(order.encode(), signature)
    assert not Ed25519Verifier(PUBLIC_PEM).accepts(order.encode() + b"0", signature)


async def test_keys_age_and_signature_are_checked(http: ClientSession) -> None:
    async def code(
        parameters: dict[str, Any], key: str | None = API_KEY, suffix: str = ""
    ) -> tuple[int, int, str]:
        headers = {} if key is None else {"X-MBX-APIKEY": key}
        return await error_of(
            await http.get(f"/api/v3/account?{signed(parameters)}{suffix}", headers=headers)
        )

    assert (await code({}, None))[:2] == (401, -2014)
    assert (await code({}, "nobody"))[:2] == (401, -2015)
    assert await code({"timestamp": now_ms() - 6000}) == (
        400,
        -1021,
        "Timestamp for this request is outside of the recvWindow.",
    )
    assert await code({"timestamp": now_ms() + 2000}) == (
        400,
        -1021,
        "Timestamp for this request was 1000ms ahead of the server's time.",
    )
    assert (await code({"recvWindow": 60001}))[1] == -1131
    assert (await code({}, suffix="&extra=1"))[1] == -1022
    unsigned = await http.get(f"/api/v3/account?timestamp={now_ms()}", headers=HEADERS)
    assert await error_of(unsigned) == (
        400,
        -1102,
        "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.",
    )
    without_time = await http.get("/api/v3/account?signature=00", headers=HEADERS)
    assert (await error_of(without_time))[1] == -1102


async def test_microsecond_timestamps_are_understood(http: ClientSession) -> None:
    response = await ask(http, "GET", "/api/v3/account", {"timestamp": time.time_ns() // 1000})
    assert response.status == 200


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"symbol": ""}, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        (
            {"symbol": "btcusdt"},
            -1100,
            "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
        ),
        ({"symbol": "XYZUSDT"}, -1121, "Invalid symbol."),
        ({"side": "HOLD"}, -1117, "Invalid side."),
        ({"type": "HUNCH"}, -1116, "Invalid orderType."),
        ({"timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
        (
            {"quantity": "1e3"},
            -1100,
            "Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
        ),
        ({"quantity": "0.123456789"}, -1111, "Parameter 'quantity' has too much precision."),
        ({"price": "59000.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "0.00001"}, -1013, "Filter failure: NOTIONAL"),
        ({"quantity": "100"}, -2010, "Account has insufficient balance for requested action."),
        (
            {"type": "LIMIT_MAKER", "price": "60010", "timeInForce": None},
            -2010,
            "Order would immediately match and take.",
        ),
        ({"type": "MARKET", "timeInForce": None}, -1106, "Parameter 'price' sent when not required."),
        (
            {"newClientOrderId": "not allowed"},
            -1100,
            "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
        ),
        (
            {"selfTradePreventionMode": "DECREMENT"},
            -1013,
            "This symbol does not permit this self trade prevention mode.",
        ),
    ],
)
async def test_a_wrong_order_is_refused_in_the_venues_words(
    http: ClientSession, change: dict[str, str | None], code: int, message: str
) -> None:
    parameters = {name: value for name, value in (ORDER | change).items() if value is not None}
    response = await ask(http, "POST", "/api/v3/order", parameters)

    assert await error_of(response) == (400, code, message)


async def test_each_response_type_contains_what_is_documented(http: ClientSession) -> None:
    taking = ORDER | {"price": "60010", "quantity": "0.1"}
    ack, result, full = [
        await (await ask(http, "POST", "/api/v3/order", taking | {"newOrderRespType": kind})).json()
        for kind in ("ACK", "RESULT", "FULL")
    ]

    assert set(ack) == {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}
    assert set(result) - set(ack) == {
        "price", "origQty", "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty", "status", "timeInForce",
        "type", "side", "workingTime", "selfTradePreventionMode",
    }  # fmt: skip
    assert set(full) - set(result) == {"fills"}
    (fill,) = full["fills"]
    assert (fill["price"], fill["qty"], fill["commission"], fill["commissionAsset"]) == (
        "60010.00000000", "0.10000000", "0.00010000", "BTC",
    )  # fmt: skip


async def test_client_ids_are_unique_among_open_orders_only(http: ClientSession) -> None:
    named = ORDER | {"newClientOrderId": "same"}
    first = await ask(http, "POST", "/api/v3/order", named)
    again = await ask(http, "POST", "/api/v3/order", named)
    cancel = await ask(http, "DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "origClientOrderId": "same"})
    reused = await ask(http, "POST", "/api/v3/order", named)

    assert (first.status, cancel.status, reused.status) == (200, 200, 200)
    assert await error_of(again) == (400, -2010, "Duplicate order sent.")
    gone = {"symbol": "BTCUSDT", "orderId": (await first.json())["orderId"]}
    assert await error_of(await ask(http, "DELETE", "/api/v3/order", gone)) == (
        400,
        -2011,
        "Unknown order sent.",
    )
    assert (await (await ask(http, "GET", "/api/v3/order", gone)).json())["status"] == "CANCELED"
    unknown = {"symbol": "BTCUSDT", "orderId": 999}
    assert await error_of(await ask(http, "GET", "/api/v3/order", unknown)) == (
        400,
        -2013,
        "Order does not exist.",
    )
    mismatch = {
        "symbol": "BTCUSDT",
        "orderId": (await reused.json())["orderId"],
        "origClientOrderId": "other",
    }
    assert (await error_of(await ask(http, "DELETE", "/api/v3/order", mismatch)))[1] == -2039


async def test_an_order_test_changes_nothing(http: ClientSession, venue: RunningVenue) -> None:
    tested = await ask(http, "POST", "/api/v3/order/test", ORDER | {"price": "60010"})
    refused = await ask(http, "POST", "/api/v3/order/test", ORDER | {"quantity": "100"})

    assert await tested.json() == {}
    assert (await error_of(refused))[1] == -2010
    assert venue.exchange.orders("main", "BTCUSDT") == []


async def test_cancel_replace_says_which_half_failed(http: ClientSession) -> None:
    placed = await (await ask(http, "POST", "/api/v3/order", ORDER)).json()
    both = ORDER | {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": placed["orderId"]}
    replaced = await (await ask(http, "POST", "/api/v3/order/cancelReplace", both)).json()
    cancel_fails = await ask(http, "POST", "/api/v3/order/cancelReplace", both)
    new_id = replaced["newOrderResponse"]["orderId"]
    place_fails = await ask(
        http, "POST", "/api/v3/order/cancelReplace", both | {"cancelOrderId": new_id, "quantity": "1000"}
    )

    assert (replaced["cancelResult"], replaced["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    stopped = await cancel_fails.json()
    assert (cancel_fails.status, stopped["code"], stopped["data"]["newOrderResult"]) == (
        400,
        -2022,
        "NOT_ATTEMPTED",
    )
    partial = await place_fails.json()
    assert (place_fails.status, partial["code"], partial["data"]["cancelResult"]) == (409, -2021, "SUCCESS")


async def test_market_data_has_the_documented_shape(http: ClientSession, venue: RunningVenue) -> None:
    async def get(path: str) -> Any:
        return await (await http.get(path)).json()

    for price in ("60010", "60010", "59990"):
        side = Side.BUY if price == "60010" else Side.SELL
        venue.quote(side, "0.2", price)
    assert set(await get("/api/v3/exchangeInfo")) == {
        "timezone",
        "serverTime",
        "rateLimits",
        "exchangeFilters",
        "symbols",
    }
    (symbol,) = (await get("/api/v3/exchangeInfo?symbol=BTCUSDT"))["symbols"]
    assert [filter_["filterType"] for filter_ in symbol["filters"]] == [
        "PRICE_FILTER",
        "LOT_SIZE",
        "MARKET_LOT_SIZE",
        "NOTIONAL",
    ]
    assert len((await get('/api/v3/exchangeInfo?symbols=["BTCUSDT","ETHUSDT"]'))["symbols"]) == 2
    trade = (await get("/api/v3/trades?symbol=BTCUSDT&limit=1"))[0]
    assert set(trade) == {"id", "price", "qty", "quoteQty", "time", "isBuyerMaker", "isBestMatch"}
    assert [row["id"] for row in await get("/api/v3/historicalTrades?symbol=BTCUSDT&fromId=2")] == [2, 3]
    assert [row["a"] for row in await get("/api/v3/aggTrades?symbol=BTCUSDT")] == [1, 2, 3]
    assert len((await get("/api/v3/klines?symbol=BTCUSDT&interval=1m"))[0]) == 12
    assert (await get("/api/v3/avgPrice?symbol=BTCUSDT"))["mins"] == 5
    assert len(await get("/api/v3/ticker/bookTicker")) == 2
    assert len(await get("/api/v3/ticker/24hr?symbol=BTCUSDT")) == 21
    assert (await get("/api/v3/ticker/price?symbol=BTCUSDT"))["price"] == "59990.00000000"
    assert (await get("/fapi/v1/exchangeInfo"))["symbols"] == []
    bad = await http.get("/api/v3/klines?symbol=BTCUSDT&interval=7m")
    assert await error_of(bad) == (400, -1120, "Invalid interval.")


async def test_history_of_orders_and_trades_is_windowed(http: ClientSession, venue: RunningVenue) -> None:
    for _ in range(3):
        await ask(http, "POST", "/api/v3/order", ORDER | {"price": "60010"})
    newest = await (await ask(http, "GET", "/api/v3/myTrades", {"symbol": "BTCUSDT", "limit": 2})).json()
    from_first = await (
        await ask(http, "GET", "/api/v3/myTrades", {"symbol": "BTCUSDT", "fromId": 1, "limit": 2})
    ).json()
    too_long = {"symbol": "BTCUSDT", "startTime": 1, "endTime": 90_000_000}

    assert [row["id"] for row in newest] == [2, 3]
    assert [row["id"] for row in from_first] == [1, 2]
    assert (await error_of(await ask(http, "GET", "/api/v3/allOrders", too_long)))[1] == -1127


async def test_weight_is_shown_then_refused_then_banned() -> None:
    limits = LimitSettings(weight_per_minute=60, patience=2, ban_seconds=1)
    async with running_venue(limits=limits) as venue, ClientSession(venue.http) as http:
        answers = [await http.get("/api/v3/exchangeInfo") for _ in range(7)]

    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429, 418, 418]
    assert [answer.headers["X-MBX-USED-WEIGHT-1M"] for answer in answers[:3]] == ["20", "40", "60"]
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert int(answers[5].headers["Retry-After"]) <= 2
    assert (await answers[3].json())["code"] == -1003


async def test_orders_are_counted_per_account_and_limited() -> None:
    async with (
        running_venue(limits=LimitSettings(orders_per_10_seconds=3)) as venue,
        ClientSession(venue.http) as http,
    ):
        answers = [await ask(http, "POST", "/api/v3/order", ORDER) for _ in range(4)]
        usage = await (await ask(http, "GET", "/api/v3/rateLimit/order", {})).json()

    assert [answer.headers.get("X-MBX-ORDER-COUNT-10S") for answer in answers[:3]] == ["1", "2", "3"]
    assert (answers[3].status, (await answers[3].json())["code"]) == (429, -1015)
    assert [row["count"] for row in usage] == [3, 3]


async def test_an_order_that_fills_or_is_refused_does_not_count(http: ClientSession) -> None:
    filled = await ask(http, "POST", "/api/v3/order", ORDER | {"price": "60010"})
    refused = await ask(http, "POST", "/api/v3/order", ORDER | {"quantity": "100"})
    usage = await (await ask(http, "GET", "/api/v3/rateLimit/order", {})).json()

    assert (filled.status, filled.headers["X-MBX-ORDER-COUNT-10S"], refused.status) == (200, "0", 400)
    assert [row["count"] for row in usage] == [0, 0]
