"""Resources of a service in a test: in-memory log, settable or system clock, nothing that leaves the process."""

from __future__ import annotations

from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from sextant.bus.port import Bus
from sextant.core.time import Clock, SystemClock
from sextant.runtime.health import Health
from sextant.runtime.service import Resources
from sextant.runtime.settings import Platform, Process, load_platform
from sextant.runtime.stamp import Stamper
from sextant.telemetry.spans import CollectedSpans

CONFIG = Path(__file__).resolve().parents[2] / "config" / "sextant.yaml"


def shipped_platform() -> Platform:
    """Return the shipped configuration."""
    return load_platform(CONFIG)


def make_resources(
    name: str,
    bus: Bus,
    *,
    instance: str = "0",
    clock: Clock | None = None,
    platform: Platform | None = None,
    **process: object,
) -> Resources:
    """Return resources for one instance; further keywords are settings of the process."""
    clock = clock or SystemClock()
    settings = Process.model_validate({"config": CONFIG, "instance": instance, "drain_s": 5.0, **process})
    return Resources(
        name=name,
        process=settings,
        platform=platform or shipped_platform(),
        clock=clock,
        bus=bus,
        health=Health(clock),
        metrics=CollectorRegistry(),
        spans=CollectedSpans(),
        stamper=Stamper(name, instance, "local", clock),
        log=structlog.wrap_logger(structlog.ReturnLogger()),
    )
