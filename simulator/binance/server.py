"""The venue as a server: routes, connections, and the clock that drives its periodic streams."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from simulator.binance.admin import Admin
from simulator.binance.feeds import DepthFeed, QuoteFeed, TradeFeed
from simulator.binance.market_client import MarketClient
from simulator.binance.periodic_feeds import PeriodicFeeds
from simulator.binance.rest import RestFront
from simulator.binance.service import Service
from simulator.binance.socket import Socket, SocketSettings
from simulator.binance.ws_api import WebSocketApi

TICK_MS = 100


class VenueServer:
    """Serves one venue. `tick` must be called every 100 ms: it flushes the streams and tends the connections."""

    def __init__(self, service: Service, sockets: SocketSettings) -> None:
        self.service = service
        self._settings = sockets
        exchange = service.desk.exchange
        # Trades before quotes before depth: the order in which the venue shows one request's effects.
        self._trades = TradeFeed(exchange, service.desk.aggregates, service.hub)
        self._quotes = QuoteFeed(exchange, service.hub)
        self._depth = DepthFeed(exchange, service.hub)
        self._periodic = PeriodicFeeds(exchange, service.hub)
        self._connections: dict[Socket, str] = {}
        self._ticks = 0

    @property
    def connection_count(self) -> int:
        return len(self._connections)

    def application(self) -> web.Application:
        app = web.Application()
        for path in ("/ws", "/ws/{streams:.*}", "/stream", "/stream/{streams:.*}"):
            app.router.add_get(path, self._serve_market)
        app.router.add_get("/ws-api/v3", self._serve_api)
        Admin(self.service, self._drop).register(app)
        app.router.add_route("*", "/{path:.*}", RestFront(self.service).handle)
        app.on_shutdown.append(self._close_connections)
        return app

    def tick(self) -> None:
        """Publish what is due and, once a second, ping or close connections."""
        self._ticks += 1
        for period_ms in (100, 1000, 2000):
            if self._ticks * TICK_MS % period_ms == 0:
                self._depth.flush(period_ms)
                self._periodic.flush(period_ms)
        if self._ticks * TICK_MS % 1000 == 0:
            for socket in tuple(self._connections):
                socket.tend()

    async def _serve_market(self, request: web.Request) -> web.StreamResponse:
        # Frames are wrapped on /stream itself; /stream/ws is a socket like /ws under another name.
        combined = request.path == "/stream"
        named = request.query.get("streams", "") if combined else request.match_info.get("streams", "")
        names = [name for name in named.removeprefix("ws/").split("/") if "@" in name or len(name) == 64]

        def connect(socket: Socket) -> tuple[Callable[[str], None], Callable[[], None]]:
            client = MarketClient(socket, self.service, combined)
            client.subscribe(names)
            return client.on_text, client.close

        return await self._serve(request, "market", self._settings, connect)

    async def _serve_api(self, request: web.Request) -> web.StreamResponse:
        def connect(socket: Socket) -> tuple[Callable[[str], None], Callable[[], None]]:
            api = WebSocketApi(socket, self.service)
            return api.on_text, api.close

        return await self._serve(request, "user", self._settings.without_message_limit(), connect)

    async def _serve(
        self,
        request: web.Request,
        scope: str,
        settings: SocketSettings,
        connect: Callable[[Socket], tuple[Callable[[str], None], Callable[[], None]]],
    ) -> web.StreamResponse:
        response = web.WebSocketResponse(autoping=False, compress=False)
        if not response.can_prepare(request).ok:
            return web.Response(status=426, text="Upgrade Required")
        await response.prepare(request)
        socket = Socket(response, request, settings)
        self._connections[socket] = scope
        on_text, close = connect(socket)
        try:
            await socket.serve(on_text)
        finally:
            close()
            del self._connections[socket]
        return response

    def _drop(self, scope: str) -> int:
        """Cut the connections of a scope and return how many there were. Raises ValueError for an unknown scope."""
        if scope not in ("all", "market", "user"):
            raise ValueError(f"scope: expected all, market or user, was {scope!r}")
        dropped = [socket for socket, own in self._connections.items() if scope in ("all", own)]
        for socket in dropped:
            socket.abort()
        return len(dropped)

    async def _close_connections(self, app: web.Application) -> None:
        for socket in tuple(self._connections):
            socket.close(1001, "Server shutdown")
        await asyncio.sleep(0)
