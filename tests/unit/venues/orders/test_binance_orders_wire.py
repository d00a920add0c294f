"""Binance's order wire: signatures as the venue documents them, messages as it sends them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from sextant.core.errors import InvalidValue
from sextant.core.instruments import Side
from sextant.venues.binance.order_messages import (
    Verdict,
    judge_error,
    order_parameters,
    parse_balances,
    parse_execution_report,
    parse_order,
    parse_trade,
)
from sextant.venues.binance.signing import Credentials, signature, signed_parameters, signed_query
from sextant.venues.port import TimeInForce, VenueOrder, VenueStatus

MARKET = Path(__file__).parents[4].parent / "shared" / "market" / "rest_ws_fixtures"
SPOT = MARKET / "nautilus" / "binance" / "spot"
needs_market = pytest.mark.skipif(
    not MARKET.is_dir(), reason="the shared recordings are not mounted beside the repository"
)
SECRET = "facts-demo-secret-0001"


def fixture(path: str) -> Any:
    return json.loads((SPOT / path).read_text())


@needs_market
def test_the_signature_of_the_venues_own_example_is_reproduced() -> None:
    vectors = json.loads((MARKET / "signing_vectors.json").read_text())
    [vector] = [each for each in vectors if each["exchange"] == "binance"]
    assert signature(vector["secret"], vector["query"] + vector["body"]) == vector["signature"]
    signed = signed_query(Credentials(vector["api_key"], vector["secret"]), dict(parse_qsl(vector["query"])))
    assert signed == f"{vector['query']}&signature={vector['signature']}"


def test_a_rest_order_is_signed_in_the_order_of_its_parameters() -> None:
    query = (
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.002&price=50000.10"
        "&newClientOrderId=sim-1&recvWindow=5000&timestamp=1760000000123"
    )
    expected = "ff7e6208a5cfce894c298234f0b82184fbd4bfcdb663b9fe7aef04358753ef83"
    signed = signed_query(Credentials("demo-key-1", SECRET), dict(parse_qsl(query)))
    assert signed == f"{query}&signature={expected}"


def test_a_socket_call_is_signed_over_its_sorted_parameters() -> None:
    signed = signed_parameters(
        Credentials("demo-key-1", SECRET), {"timestamp": 1760000000123, "recvWindow": 5000}
    )
    assert signed["apiKey"] == "demo-key-1"
    assert signed["signature"] == "1df36b72f193160957efebc18a30b80ecd4a9ab5aa21a9bf8aac0908e94389d3"


def test_values_are_percent_encoded_before_they_are_signed() -> None:
    signed = signed_query(Credentials("k", "s"), {"newClientOrderId": "a b/c"})
    payload, _, given = signed.rpartition("&signature=")
    assert payload == "newClientOrderId=a+b%2Fc"
    assert given == signature("s", payload)


def test_credentials_do_not_show() -> None:
    assert "hidden" not in repr(Credentials("hidden-key", "hidden-secret"))


def order(**changes: Any) -> VenueOrder:
    values: dict[str, Any] = {
        "client_order_id": "sx1",
        "symbol": "BTCUSDT",
        "side": Side.BUY,
        "quantity": Decimal("1E-8"),
        "limit_price": Decimal("50000.10"),
        "time_in_force": TimeInForce.IOC,
    }
    return VenueOrder(**{**values, **changes})


def test_numbers_go_out_in_fixed_notation() -> None:
    parameters = order_parameters(order())
    assert (parameters["quantity"], parameters["price"]) == ("0.00000001", "50000.10")
    assert (parameters["type"], parameters["timeInForce"]) == ("LIMIT", "IOC")


def test_post_only_is_a_type_and_a_market_order_has_no_price() -> None:
    maker = order_parameters(order(time_in_force=TimeInForce.POST_ONLY))
    assert maker["type"] == "LIMIT_MAKER"
    assert "timeInForce" not in maker
    market = order_parameters(order(limit_price=None))
    assert market["type"] == "MARKET"
    assert not {"price", "timeInForce"} & set(market)


@needs_market
def test_a_full_reply_carries_its_fills() -> None:
    report = parse_order(fixture("http_json/new_order_full_response.json"))
    assert report.status is VenueStatus.FILLED
    assert sum((fill.quantity for fill in report.fills), Decimal(0)) == report.filled_quantity == 10
    assert report.fills[0].trade_id == "56"
    assert report.fills[0].commission == Decimal("4")
    assert report.fills[0].exchange_time_ns == 1507725176595 * 1_000_000


@needs_market
def test_a_cancel_reply_is_about_the_order_not_about_the_cancel() -> None:
    report = parse_order(fixture("http_json/cancel_order_response.json"))
    assert (report.client_order_id, report.status) == ("myOrder1", VenueStatus.CANCELLED)


@needs_market
def test_a_trade_row_becomes_a_fill() -> None:
    [row] = fixture("http_json/account_trades_response.json")
    fill = parse_trade(row, "sx1")
    assert (fill.trade_id, fill.side, fill.is_maker) == ("28457", Side.BUY, False)
    assert fill.price == Decimal("4.00000100")


@needs_market
@pytest.mark.parametrize(
    ("name", "status", "fills"),
    [
        ("new", VenueStatus.OPEN, 0),
        ("trade", None, 1),
        ("canceled", VenueStatus.CANCELLED, 0),
        ("expired", VenueStatus.CANCELLED, 0),
    ],
)
def test_execution_reports_become_reports(name: str, status: VenueStatus | None, fills: int) -> None:
    event = fixture(f"user_data_json/execution_report_{name}.json")
    report = parse_execution_report(event)
    assert status is None or report.status is status
    assert len(report.fills) == fills
    assert report.client_order_id == event["c"]


def test_a_cancelled_orders_own_id_is_the_original_one() -> None:
    event = {
        "c": "cancel-1",
        "C": "sx1",
        "i": 7,
        "x": "CANCELED",
        "X": "CANCELED",
        "s": "B",
        "z": "0",
        "T": 1,
        "r": "NONE",
    }
    report = parse_execution_report(event)
    assert (report.client_order_id, report.reason) == ("sx1", "CANCELED")


@pytest.mark.parametrize(
    "event", [{}, {"c": "x"}, {"c": "x", "i": 1, "x": "NEW", "X": "WHAT", "s": "B", "z": "0", "T": 1}]
)
def test_an_unreadable_report_is_an_error_with_a_name(event: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        parse_execution_report(event)


def test_balances_without_anything_are_left_out() -> None:
    reply = {
        "balances": [
            {"asset": "BTC", "free": "1.5", "locked": "0.5"},
            {"asset": "X", "free": "0", "locked": "0.0"},
        ]
    }
    [(asset, balance)] = parse_balances(reply).items()
    assert (asset, balance.total) == ("BTC", Decimal(2))


@pytest.mark.parametrize(
    ("status", "code", "message", "verdict"),
    [
        (400, -2010, "Account has insufficient balance for requested action.", Verdict.REFUSED),
        (400, -2010, "Duplicate order sent.", Verdict.UNKNOWN),
        (400, -1013, "Filter failure: LOT_SIZE", Verdict.REFUSED),
        (400, -1021, "Timestamp for this request is outside of the recvWindow.", Verdict.REFUSED),
        (400, -2013, "Order does not exist.", Verdict.NOT_KNOWN),
        (400, -2011, "Unknown order sent.", Verdict.NOT_KNOWN),
        (504, -1007, "Timeout waiting for response from backend server.", Verdict.UNKNOWN),
        (503, -1008, "Server is currently overloaded.", Verdict.REFUSED),
        (429, -1003, "Too many requests.", Verdict.UNKNOWN),
        (502, 0, "no error code", Verdict.UNKNOWN),
    ],
)
def test_an_error_is_a_refusal_only_where_the_venue_says_so(
    status: int, code: int, message: str, verdict: Verdict
) -> None:
    assert judge_error(status, code, message) is verdict
