"""A venue's own JSON about an account, in exact numbers; and the account of a venue that answers by function call.

Source: Binance spot REST, allOrders, myTrades and account.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sextant.core.decimals import LEDGER_CONTEXT, parse_decimal
from sextant.demo.report.evidence import Statement, VenueOrder, VenueTrade

#: Rows of one page of orders or trades; the most that the venue gives.
PAGE_ROWS: Final = 1_000
_OPEN: Final = frozenset({"NEW", "PARTIALLY_FILLED", "PENDING_NEW", "PENDING_CANCEL"})
#: Gives the rows whose id is at least this, oldest first.
Page = Callable[[int], Awaitable[Sequence[Mapping[str, Any]]]]


class AskedAccount:
    """`AccountBooks` of a venue in this process: `ask(path, parameters)` returns the JSON that its REST would."""

    def __init__(self, ask: Callable[[str, Mapping[str, str]], bytes]) -> None:
        self._ask = ask

    async def statement(self, symbols: Sequence[str]) -> Statement:
        """Return the account whole; symbols that the venue does not list are passed over."""
        rules = json.loads(self._ask("/api/v3/exchangeInfo", {}))["symbols"]
        listed = {f"{row['baseAsset']}/{row['quoteAsset']}": str(row["symbol"]) for row in rules}
        orders: list[VenueOrder] = []
        trades: list[VenueTrade] = []
        for symbol in symbols:
            if symbol in listed:
                own = listed[symbol]
                orders += map(order_of, await all_pages(self._page("allOrders", own, "orderId"), "orderId"))
                trades += map(trade_of, await all_pages(self._page("myTrades", own, "fromId"), "id"))
        return Statement(orders, trades, balances_of(json.loads(self._ask("/api/v3/account", {}))))

    def _page(self, name: str, symbol: str, cursor: str) -> Page:
        async def page(first: int) -> list[Mapping[str, Any]]:
            parameters = {"symbol": symbol, "limit": str(PAGE_ROWS), cursor: str(first)}
            rows: list[Mapping[str, Any]] = json.loads(self._ask(f"/api/v3/{name}", parameters))
            return rows

        return page


async def all_pages(page: Page, identifier: str) -> list[Mapping[str, Any]]:
    """Return all rows from the first id on; `identifier` names their id."""
    rows: list[Mapping[str, Any]] = []
    first = 0
    while True:
        found = await page(first)
        rows += found
        if len(found) < PAGE_ROWS:
            return rows
        first = max(int(row[identifier]) for row in found) + 1


def order_of(info: Mapping[str, Any]) -> VenueOrder:
    """Return an order from the venue's own JSON (allOrders). Raises InvalidValue, KeyError."""
    return VenueOrder(
        client_order_id=str(info["clientOrderId"]),
        venue_order_id=str(info["orderId"]),
        symbol=str(info["symbol"]),
        quantity=parse_decimal(info["origQty"], field="origQty"),
        filled=parse_decimal(info["executedQty"], field="executedQty"),
        is_open=str(info["status"]) in _OPEN,
    )


def trade_of(info: Mapping[str, Any]) -> VenueTrade:
    """Return a trade from the venue's own JSON (myTrades). Raises InvalidValue, KeyError."""
    return VenueTrade(
        trade_id=str(info["id"]),
        venue_order_id=str(info["orderId"]),
        symbol=str(info["symbol"]),
        quantity=parse_decimal(info["qty"], field="qty"),
        price=parse_decimal(info["price"], field="price"),
        commission=parse_decimal(info["commission"], field="commission"),
        commission_asset=str(info["commissionAsset"]),
    )


def balances_of(info: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return free and locked together by asset, from the venue's own JSON (account). Raises InvalidValue, KeyError."""
    found = {}
    for row in info["balances"]:
        free, locked = (parse_decimal(row[name], field=name) for name in ("free", "locked"))
        found[str(row["asset"])] = LEDGER_CONTEXT.add(free, locked)
    return found
