"""A console with its operator API on a free port of the loopback, over any log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry

from services.console.adapters.certificate import Certificate
from services.console.adapters.operator_calls import Explain, OperatorCalls
from services.console.adapters.operator_server import OperatorServer
from services.console.commanding import Commands, Door
from services.console.metrics import ConsoleMetrics
from services.console.service import ConsoleService, Pace
from sextant.bus.port import Bus
from sextant.contracts.operator.v1 import api_pb2
from sextant.explaining.gather import OrderNotFound
from sextant.operator.client import OperatorClient
from sextant.operator.giving import Giver
from sextant.runtime.operator_keys import derive_keys
from sextant.runtime.service import Resources
from tests.support.resources import make_resources

SECRET = b"operators of this test only"
KEYS = derive_keys(SECRET)
FAST = Pace(0.01, 0.01, 0.01, sample_every_s=0.05)
#: Nobody listens there.
DEAD = "127.0.0.1:9"


@dataclass(slots=True)
class Served:
    """A running console and the address of its API."""

    address: str
    console: ConsoleService
    resources: Resources
    metrics: CollectorRegistry
    commands: Commands

    def client(self, token: str = KEYS.api_token, authority: bytes | None = None) -> OperatorClient:
        return OperatorClient(self.address, token, authority)


async def nothing_known(order_id: str, jaeger_url: str) -> api_pb2.ExplainResponse:
    raise OrderNotFound(f"order {order_id}: not in the log of this test")


@asynccontextmanager
async def serving(
    bus: Bus,
    *,
    door: Door | None = None,
    explain: Explain = nothing_known,
    obeyed: Mapping[str, str] | None = None,
    certificate: Certificate | None = None,
    write_s: float = 10.0,
    port: int = 0,
) -> AsyncIterator[Served]:
    """Serve until the block ends."""
    resources = make_resources("console", bus)
    console = ConsoleService(resources, None, None, pace=FAST)
    log = structlog.wrap_logger(structlog.ReturnLogger())
    giver = Giver(bus, resources.stamper, KEYS.command_key)
    commands = Commands(giver.give, door, log, obeyed or {})
    metrics = ConsoleMetrics(resources.metrics)
    calls = OperatorCalls(
        console.summary, console.feed, explain, commands, metrics, beat_s=0.2, write_s=write_s
    )
    server = OperatorServer(calls, KEYS.api_token, metrics, lambda: resources.health.is_ready)
    chosen = await server.open("127.0.0.1", port, certificate)
    stop = asyncio.Event()
    running = asyncio.create_task(console.run(stop))
    try:
        yield Served(f"127.0.0.1:{chosen}", console, resources, resources.metrics, commands)
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)
        await server.close(0.2)


async def until(is_done: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    for _ in range(int(seconds / 0.02)):
        if is_done():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{what}: not within {seconds} s")
