"""A simulated venue on a loopback socket inside the test, and ccxt clients that were pointed at it and not changed otherwise."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import ccxt.async_support
import ccxt.pro
from aiohttp import web

from simulator.binance.build import build_server
from simulator.binance.limits import LimitSettings
from simulator.binance.server import TICK_MS, VenueServer
from simulator.binance.signing import ApiKey, HmacVerifier, KeyRing
from simulator.binance.socket import SocketSettings
from simulator.exchange.engine import SimulatedExchange
from simulator.exchange.interface import Market, Side

API_KEY, SECRET = "demo-key-1", "facts-demo-secret-0001"
MAKER = "maker"
BTC = Market("BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal(5), Decimal(9000))
ETH = replace(BTC, symbol="ETHUSDT", base="ETH", lot=Decimal("0.0001"))


@dataclass
class RunningVenue:
    exchange: SimulatedExchange
    server: VenueServer
    port: int

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def quote(self, side: Side, quantity: str, price: str, symbol: str = "BTCUSDT") -> int:
        """Rest an order of the maker."""
        return self.exchange.place(MAKER, symbol, side, Decimal(quantity), Decimal(price)).order_id


def fund(exchange: SimulatedExchange) -> None:
    for account, scale in ((MAKER, 1000), ("main", 1)):
        exchange.deposit(account, "BTC", Decimal(10 * scale))
        exchange.deposit(account, "ETH", Decimal(100 * scale))
        exchange.deposit(account, "USDT", Decimal(1_000_000 * scale))


@asynccontextmanager
async def running_venue(
    limits: LimitSettings | None = None,
    sockets: SocketSettings | None = None,
    keys: list[ApiKey] | None = None,
) -> AsyncIterator[RunningVenue]:
    exchange = SimulatedExchange([BTC, ETH], time.time_ns)
    fund(exchange)
    ring = KeyRing([ApiKey(API_KEY, "main", HmacVerifier(SECRET.encode())), *(keys or [])])
    server = build_server(exchange, ring, operator="alpha", limits=limits, sockets=sockets)
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ticking = asyncio.create_task(_tick(server))
    try:
        yield RunningVenue(exchange, server, runner.addresses[0][1])
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        await runner.cleanup()


async def _tick(server: VenueServer) -> None:
    while True:
        await asyncio.sleep(TICK_MS / 1000)
        server.tick()


@asynccontextmanager
async def ccxt_client(venue: RunningVenue, *, pro: bool = True, **options: object) -> AsyncIterator[Any]:
    """An unmodified ccxt client: only its hosts are replaced, the paths stay what they are."""
    module = ccxt.pro if pro else ccxt.async_support
    settings = {"apiKey": API_KEY, "secret": SECRET, "enableRateLimit": False, "timeout": 4000, **options}
    client = module.binance(settings)
    client.urls["api"] = _on_loopback(client.urls["api"], venue)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(client.close)
        yield client


def _on_loopback(urls: Any, venue: RunningVenue) -> Any:
    if isinstance(urls, dict):
        return {name: _on_loopback(url, venue) for name, url in urls.items()}
    scheme, _, rest = urls.partition("://")
    path = "/" + rest.partition("/")[2] if "/" in rest else ""
    return (venue.ws if scheme == "wss" else venue.http) + path
