"""The HTTP face of health and metrics."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from sextant.runtime.health import Health

FAMILIES: Final = ("kafka", "database", "redis", "websocket")


class HealthServer:
    """Serves /health, /health/live, /health/ready, /health/<family> and /metrics."""

    def __init__(self, health: Health, metrics: CollectorRegistry, *, host: str, port: int) -> None:
        self._health, self._metrics, self._host, self._port = health, metrics, host, port
        self._runner: web.AppRunner | None = None

    async def start(self) -> int:
        """Listen and return the port. Raises OSError when the port is taken."""
        app = web.Application()
        app.router.add_get("/health", self._family)
        app.router.add_get("/health/live", self._live)
        app.router.add_get("/health/ready", self._family)
        for family in FAMILIES:
            app.router.add_get(f"/health/{family}", self._family)
        app.router.add_get("/metrics", self._exposition)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _live(self, _: web.Request) -> web.Response:
        live = self._health.is_live
        return web.json_response({"live": live}, status=200 if live else 503)

    async def _family(self, request: web.Request) -> web.Response:
        family = request.path.rpartition("/")[2]
        well, details = self._health.report(family if family in FAMILIES else "")
        return web.json_response(details, status=200 if well else 503)

    async def _exposition(self, request: web.Request) -> web.Response:
        encoder, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encoder(self._metrics), headers={"Content-Type": content_type})
