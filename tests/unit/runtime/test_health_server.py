"""Where health and metrics are served: on the loopback unless a pod says otherwise, at the port it says."""

from __future__ import annotations

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from sextant.core.time import SystemClock
from sextant.runtime.health import Health
from sextant.runtime.health_server import HealthServer
from sextant.runtime.settings.load import load_process
from sextant.stack.ports import free_ports


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_the_port_that_was_chosen_answers_probes_and_scrapes(host: str) -> None:
    (port,) = free_ports(1)
    told = {"SEXTANT_CONFIG": "x", "SEXTANT_HEALTH_HOST": host, "SEXTANT_HEALTH_PORT": str(port)}
    process = load_process(told)
    health = Health(SystemClock())
    server = HealthServer(health, CollectorRegistry(), host=process.health_host, port=process.health_port)
    assert await server.start() == port
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            health.set("kafka", True, "connected")
            for path, expected in (("/health/live", 200), ("/health/ready", 200), ("/metrics", 200)):
                async with session.get(path) as answer:
                    assert answer.status == expected, path
            health.set("kafka", False, "connecting")
            async with session.get("/health/ready") as answer:
                assert answer.status == 503
    finally:
        await server.stop()
