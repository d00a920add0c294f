"""A venue's own books of one account, by ccxt over the venue's REST. Amounts are taken from the venue's text, never from floats."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ccxt.async_support as ccxt

from sextant.core.errors import InvalidValue
from sextant.demo.report.evidence import Statement, VenueOrder, VenueTrade
from sextant.demo.report.venue_text import PAGE_ROWS, Page, all_pages, balances_of, order_of, trade_of
from sextant.runtime.settings import Platform

__all__ = ["CcxtAccount", "balances_of", "ccxt_accounts", "order_of", "trade_of"]


class CcxtAccount:
    """`AccountBooks` of one account at a simulated venue of Binance's spot protocol; `address` is its host:port."""

    def __init__(self, address: str, api_key: str, secret: str) -> None:
        self._address, self._key = address, {"apiKey": api_key, "secret": secret}

    @classmethod
    def of_file(cls, address: str, key_file: Path) -> CcxtAccount:
        """Read {"api_key", "secret"} from a file. Raises OSError, InvalidValue."""
        try:
            key = json.loads(key_file.read_text())
            return cls(address, key["api_key"], key["secret"])
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidValue("key file", str(key_file), "JSON with api_key and secret") from error

    async def statement(self, symbols: Sequence[str]) -> Statement:
        """Return the account whole; symbols that the venue does not list are passed over. Raises OSError."""
        client = ccxt.binance({**self._key, "enableRateLimit": False, "timeout": 10_000})
        client.urls["api"] = _at(client.urls["api"], self._address)
        try:
            markets = await client.load_markets()
            listed = [symbol for symbol in symbols if symbol in markets]
            orders: list[VenueOrder] = []
            trades: list[VenueTrade] = []
            for symbol in listed:
                orders += map(
                    order_of, await all_pages(_page(client.fetch_orders, symbol, "orderId"), "orderId")
                )
                trades += map(
                    trade_of, await all_pages(_page(client.fetch_my_trades, symbol, "fromId"), "id")
                )
            balance = await client.fetch_balance()
            return Statement(orders, trades, balances_of(balance["info"]))
        except ccxt.BaseError as error:
            raise OSError(f"venue at {self._address}: {error!r}") from error
        finally:
            await client.close()


def ccxt_accounts(platform: Platform, key_file: Callable[[str], Path]) -> dict[str, CcxtAccount]:
    """Return the books of every configured venue account, where its venue's `rest_url` points. Raises OSError and InvalidValue for a key file that cannot be read."""
    return {
        name: CcxtAccount.of_file(urlsplit(platform.venues[account.venue].rest_url).netloc, key_file(name))
        for name, account in platform.venue_accounts.items()
    }


def _page(fetch: Any, symbol: str, cursor: str) -> Page:
    async def page(first: int) -> list[Mapping[str, Any]]:
        return [row["info"] for row in await fetch(symbol, None, PAGE_ROWS, {cursor: first})]

    return page


def _at(urls: Any, address: str) -> Any:
    """Return ccxt's addresses with the host replaced and the paths as they are."""
    if isinstance(urls, dict):
        return {name: _at(url, address) for name, url in urls.items()}
    scheme, _, rest = urls.partition("://")
    path = "/" + rest.partition("/")[2] if "/" in rest else ""
    return f"{'ws' if scheme.startswith('ws') else 'http'}://{address}{path}"
