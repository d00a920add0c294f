"""A venue's own JSON about an account, in exact numbers; shared by runs over sockets and runs in one process.

Source: Binance spot REST, allOrders, myTrades and account.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sextant.core.decimals import LEDGER_CONTEXT, parse_decimal
from sextant.demo.report.evidence import VenueOrder, VenueTrade

#: Rows of one page of orders or trades; the most that the venue gives.
PAGE_ROWS: Final = 1_000
_OPEN: Final = frozenset({"NEW", "PARTIALLY_FILLED", "PENDING_NEW", "PENDING_CANCEL"})
#: Gives the rows whose id is at least this, oldest first.
Page = Callable[[int], Awaitable[Sequence[Mapping[str, Any]]]]


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
