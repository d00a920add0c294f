"""What every process shows of itself: who it is, that it turns, what it says of its health, what its folders and certificates have left."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sextant.core.errors import InvalidValue
from sextant.core.time import SECOND, Clock
from sextant.runtime.health import Health
from sextant.runtime.settings import Process
from sextant.telemetry.certificates import expires_s


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a process is. `folders` and `certificates` are what it writes and presents, by a name that is no path."""

    stage: str
    replica: str = "0"
    region: str = "local"
    mode: str = "sim"
    folders: Mapping[str, Path] = field(default_factory=dict)
    certificates: Mapping[str, Path] = field(default_factory=dict)


class ServiceMetrics(Collector):
    """Everything is read when it is scraped, so that what a scrape says is what is."""

    def __init__(self, registry: CollectorRegistry, identity: Identity, health: Health, clock: Clock) -> None:
        self._identity, self._health, self._clock = identity, health, clock
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        yield self._build()
        yield from self._states()
        yield from self._disks()
        yield self._certificates()

    def _build(self) -> Metric:
        build = GaugeMetricFamily(
            "sextant_build_info",
            "Always 1: joins what the process says to its service, replica, region and mode",
            labels=["stage", "replica", "region", "mode"],
        )
        who = self._identity
        build.add_metric([who.stage, who.replica, who.region, who.mode], 1)
        return build

    def _states(self) -> Iterator[Metric]:
        stage = self._identity.stage
        beat = GaugeMetricFamily(
            "sextant_heartbeat_timestamp_seconds",
            "When the service's loop turned last, by its wall clock",
            labels=["stage"],
        )
        beat.add_metric([stage], (self._clock.wall_ns() - self._health.beat_age_ns) / SECOND)
        ready = GaugeMetricFamily(
            "sextant_ready", "1 while every check of the service's health holds", labels=["stage"]
        )
        ready.add_metric([stage], float(self._health.is_ready))
        checks = GaugeMetricFamily(
            "sextant_check", "1 while this check of the service's health holds", labels=["stage", "check"]
        )
        for name, is_ok in self._health.checks():
            checks.add_metric([stage, name], float(is_ok))
        yield from (beat, ready, checks)

    def _disks(self) -> Iterator[Metric]:
        free = GaugeMetricFamily(
            "sextant_disk_free_bytes",
            "Bytes left where a folder of the service lies",
            labels=["stage", "folder"],
        )
        size = GaugeMetricFamily(
            "sextant_disk_size_bytes",
            "Bytes in all where a folder of the service lies",
            labels=["stage", "folder"],
        )
        for name, folder in sorted(self._identity.folders.items()):
            try:
                usage = shutil.disk_usage(folder)
            except OSError:
                continue  # it is made when the service begins
            free.add_metric([self._identity.stage, name], usage.free)
            size.add_metric([self._identity.stage, name], usage.total)
        yield from (free, size)

    def _certificates(self) -> Metric:
        expiry = GaugeMetricFamily(
            "sextant_certificate_expiry_timestamp_seconds",
            "When a certificate file of the service ends; 0 when it cannot be read",
            labels=["stage", "certificate"],
        )
        for name, file in sorted(self._identity.certificates.items()):
            try:
                expiry.add_metric([self._identity.stage, name], expires_s(file))
            except (OSError, InvalidValue):
                expiry.add_metric([self._identity.stage, name], 0)
        return expiry


def identity_of(name: str, process: Process, mode: str) -> Identity:
    """Return who a process is from its settings. Every file that a setting calls a certificate or an authority is watched."""
    folders = {"state": process.state_folder, "archive": process.archive_folder}
    settings = process.model_dump()
    return Identity(
        stage=name,
        replica=process.instance,
        region=process.region,
        mode=mode,
        folders={each: folder for each, folder in folders.items() if folder is not None},
        certificates={
            each.removesuffix("_file"): file
            for each, file in settings.items()
            if each.endswith(("_ca_file", "_cert_file")) and isinstance(file, Path)
        },
    )
