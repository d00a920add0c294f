"""A venue's own books of one account, by ccxt over the venue's REST. Amounts are taken from the venue's text, never from floats."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import ccxt.async_support as ccxt

from sextant.core.decimals import LEDGER_CONTEXT, parse_decimal
from sextant.core.errors import InvalidValue
from sextant.demo.report.evidence import Statement, VenueOrder, VenueTrade
from sextant.runtime.settings import Platform

#: Rows of one page of orders or trades; the most that Binance gives.
_PAGE: Final = 1_000
_OPEN: Final = frozenset({"NEW", "PARTIALLY_FILLED", "PENDING_NEW", "PENDING_CANCEL"})


class CcxtAccount:
    """`AccountBooks` of one account at a venue of Binance's spot protocol on this machine."""

    def __init__(self, port: int, api_key: str, secret: str) -> None:
        self._port, self._key = port, {"apiKey": api_key, "secret": secret}

    @classmethod
    def of_file(cls, port: int, key_file: Path) -> CcxtAccount:
        """Read {"api_key", "secret"} from a file. Raises OSError, InvalidValue."""
        try:
            key = json.loads(key_file.read_text())
            return cls(port, key["api_key"], key["secret"])
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidValue("key file", str(key_file), "JSON with api_key and secret") from error

    async def statement(self, symbols: Sequence[str]) -> Statement:
        """Return the account whole; symbols that the venue does not list are passed over. Raises OSError."""
        client = ccxt.binance({**self._key, "enableRateLimit": False, "timeout": 10_000})
        client.urls["api"] = _on_loopback(client.urls["api"], self._port)
        try:
            markets = await client.load_markets()
            listed = [symbol for symbol in symbols if symbol in markets]
            orders: list[VenueOrder] = []
            trades: list[VenueTrade] = []
            for symbol in listed:
                orders += [order_of(info) for info in await _pages(client.fetch_orders, symbol, "orderId")]
                trades += [trade_of(info) for info in await _pages(client.fetch_my_trades, symbol, "fromId")]
            balance = await client.fetch_balance()
            return Statement(orders, trades, balances_of(balance["info"]))
        except ccxt.BaseError as error:
            raise OSError(f"venue on port {self._port}: {error!r}") from error
        finally:
            await client.close()


def ccxt_accounts(
    platform: Platform, ports: Mapping[str, int], key_file: Callable[[str], Path]
) -> dict[str, CcxtAccount]:
    """Return the books of every configured venue account. Raises OSError and InvalidValue for a key file that cannot be read."""
    return {
        name: CcxtAccount.of_file(ports[account.venue], key_file(name))
        for name, account in platform.venue_accounts.items()
    }


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


async def _pages(fetch: Any, symbol: str, cursor: str) -> list[Mapping[str, Any]]:
    """Return all rows from the first id on, page by page."""
    rows: list[Mapping[str, Any]] = []
    start = 0
    while True:
        page = [row["info"] for row in await fetch(symbol, None, _PAGE, {cursor: start})]
        rows += page
        if len(page) < _PAGE:
            return rows
        name = "orderId" if cursor == "orderId" else "id"
        start = max(int(row[name]) for row in page) + 1


def _on_loopback(urls: Any, port: int) -> Any:
    """Return ccxt's addresses with the host replaced and the paths as they are."""
    if isinstance(urls, dict):
        return {name: _on_loopback(url, port) for name, url in urls.items()}
    scheme, _, rest = urls.partition("://")
    path = "/" + rest.partition("/")[2] if "/" in rest else ""
    return f"{'ws' if scheme.startswith('ws') else 'http'}://127.0.0.1:{port}{path}"
