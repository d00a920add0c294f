"""Starting a service as a process: arguments, settings, signals, bus, health, spans; then the service until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Sequence

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from structlog.typing import FilteringBoundLogger

from sextant.bus.kafka import KafkaBus
from sextant.bus.kafka.metrics import LogMetrics
from sextant.core.errors import SettingsInvalid
from sextant.core.time import Clock, SystemClock
from sextant.runtime.collecting import keep_for_good, keep_when_ready
from sextant.runtime.connecting import connect
from sextant.runtime.health import Health
from sextant.runtime.health_server import HealthServer
from sextant.runtime.loop import LoopMetrics, watch_loop
from sextant.runtime.metrics import ServiceMetrics, identity_of
from sextant.runtime.service import Build, Resources
from sextant.runtime.settings import Platform, Process, load_platform, load_process
from sextant.runtime.settings.load import check_faults, redacted
from sextant.runtime.settings.needs import Check, no_needs, require_kafka
from sextant.runtime.stamp import Stamper
from sextant.telemetry.batching import BatchingSink
from sextant.telemetry.logs import make_logger
from sextant.telemetry.metrics import SpanMetrics
from sextant.telemetry.spans import FileExporter, HttpExporter, NoSpans, SpanExporter, SpanSink

EXIT_FAILED = 1
EXIT_SETTINGS = 2


def run_service(
    name: str,
    build: Build,
    argv: Sequence[str] | None = None,
    *,
    check: Check = no_needs,
    waits_for_log: bool = True,
) -> int:
    """Run a service until SIGTERM or SIGINT. Returns 0 after a clean drain, 1 when it failed, 2 for settings that cannot be used.

    `check` says what this service needs beside a broker; it is asked before anything is opened, and by --check-config. One that has
    work to do without a broker says `waits_for_log=False` and connects the bus itself, beside that work.
    """
    arguments = _parser(name).parse_args(argv)
    try:
        process = load_process()
        platform = load_platform(process.config)
        check_faults(process, platform)
        require_kafka(process)
        check(process, platform)
    except SettingsInvalid as error:
        print(f"{name}: {error}", file=sys.stderr)
        return EXIT_SETTINGS
    if arguments.check_config:
        print(json.dumps(redacted(process, platform), indent=2, sort_keys=True))
        return 0
    keep_for_good()
    with contextlib.suppress(ImportError):
        import uvloop

        return uvloop.run(_serve(name, build, process, platform, waits_for_log))
    return asyncio.run(_serve(name, build, process, platform, waits_for_log))


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m services.{name}",
        description=f"Sextant's {name} service. Everything is configured by SEXTANT_* variables and the YAML that SEXTANT_CONFIG names.",
        epilog=f"example: SEXTANT_CONFIG=config/sextant.yaml SEXTANT_KAFKA=127.0.0.1:9092 python -m services.{name}",
    )
    parser.add_argument(
        "--check-config", action="store_true", help="print the settings, secrets redacted, and exit"
    )
    return parser


async def _serve(name: str, build: Build, process: Process, platform: Platform, waits_for_log: bool) -> int:
    clock = SystemClock()
    log = make_logger(
        service=name,
        instance=process.instance,
        region=process.region,
        level=process.log_level,
        form=process.log_format,
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    registry = _registry()
    sink = _sink(process, registry)
    resources = _resources(name, process, platform, clock, sink, registry, log)
    if not isinstance(sink, BatchingSink):
        return await _run(build, resources, stop, waits_for_log)
    exporting = asyncio.create_task(sink.run())
    try:
        return await _run(build, resources, stop, waits_for_log)
    finally:
        # Not before the service has drained: its last commits wait for their spans too.
        sink.close()
        await exporting


async def _run(build: Build, resources: Resources, stop: asyncio.Event, waits_for_log: bool) -> int:
    process, log = resources.process, resources.log
    server = HealthServer(
        resources.health, resources.metrics, host=process.health_host, port=process.health_port
    )
    port = await server.start()
    if process.port_file is not None:
        process.port_file.parent.mkdir(parents=True, exist_ok=True)
        process.port_file.write_text(json.dumps({"health": port}), encoding="utf-8")
    beside = [
        asyncio.create_task(watch_loop(LoopMetrics(resources.metrics, resources.name))),
        asyncio.create_task(keep_when_ready(resources.health)),
    ]
    try:
        if waits_for_log:
            await connect(resources)
        log.info("started", health_port=port, mode=resources.platform.mode.value)
        await build(resources).run(stop)
        log.info("stopped")
        return 0
    except SettingsInvalid as error:
        log.error("settings cannot be used", reason=str(error))
        return EXIT_SETTINGS
    except Exception:  # the one place where a service's failure ends: logged, counted by the exit code
        log.exception("failed")
        return EXIT_FAILED
    finally:
        for task in beside:
            task.cancel()
        await resources.bus.stop()
        await server.stop()


def _registry() -> CollectorRegistry:
    # A series beside each counter that says when it was made would double what is scraped and is asked for by nobody.
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the client leaves this one without types
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return registry


def _resources(
    name: str,
    process: Process,
    platform: Platform,
    clock: Clock,
    sink: SpanSink,
    registry: CollectorRegistry,
    log: FilteringBoundLogger,
) -> Resources:
    bus = KafkaBus(
        process.kafka,
        client_id=f"{name}-{process.instance}",
        session_timeout_ms=process.session_timeout_ms,
        security=process.security(),
    )
    health = Health(clock)
    LogMetrics(registry, bus)
    ServiceMetrics(registry, identity_of(name, process, platform.mode.value), health, clock)
    return Resources(
        name=name,
        process=process,
        platform=platform,
        clock=clock,
        bus=bus,
        health=health,
        metrics=registry,
        spans=sink,
        stamper=Stamper(name, process.instance, process.region, clock),
        log=log,
    )


def _sink(process: Process, registry: CollectorRegistry) -> SpanSink:
    if process.otlp_endpoint:
        exporter: SpanExporter = HttpExporter(process.otlp_endpoint)
    elif process.trace_file is not None:
        exporter = FileExporter(process.trace_file)
    else:
        return NoSpans()
    return BatchingSink(exporter, SpanMetrics(registry), patience_s=process.span_wait_s)
