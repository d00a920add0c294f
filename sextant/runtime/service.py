"""What a service is given and what it must be; `run_service` (in `sextant.runtime.main`) starts one as a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from sextant.bus.port import Bus
from sextant.core.time import Clock
from sextant.runtime.health import Health
from sextant.runtime.settings import Platform, Process
from sextant.runtime.stamp import Stamper
from sextant.telemetry.spans import SpanSink


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that a service may use; built once in the process's main, or by a test."""

    name: str
    process: Process
    platform: Platform
    clock: Clock
    bus: Bus
    health: Health
    metrics: CollectorRegistry
    spans: SpanSink
    stamper: Stamper
    log: FilteringBoundLogger


class Service(Protocol):
    """A running service."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then drain within `process.drain_s` and return. Raises when it cannot go on."""


Build = Callable[[Resources], Service]
