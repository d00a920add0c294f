"""What a bus counts by itself, shown beside the metrics of the service that uses it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


class Reading(NamedTuple):
    """How far a member of a group is with one topic: partitions held, records behind the end that it last heard of."""

    topic: str
    partitions: int
    lag: int


class Member(Protocol):
    """A member of a consumer group."""

    @property
    def group(self) -> str: ...

    @property
    def rebalances(self) -> int: ...

    def readings(self) -> Sequence[Reading]: ...


class Counted(Protocol):
    """What a bus is asked for when metrics are scraped."""

    @property
    def delete_failures(self) -> int: ...

    def members(self) -> Sequence[Member]: ...


class LogMetrics(Collector):
    """One object per process; `bus` None shows the names only."""

    def __init__(self, registry: CollectorRegistry, bus: Counted | None = None) -> None:
        self._bus = bus
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        failures = GaugeMetricFamily(
            "sextant_log_delete_failures",
            "Requests to let go of old records that the log refused or did not answer since the start: what is not needed is kept",
        )
        lag = GaugeMetricFamily(
            "sextant_log_lag_records",
            "Records between what a group has read and the end that it last heard of",
            labels=["group", "topic"],
        )
        held = GaugeMetricFamily(
            "sextant_log_partitions",
            "Partitions that the process reads in a group",
            labels=["group", "topic"],
        )
        rebalances = CounterMetricFamily(
            "sextant_log_rebalances", "Changes of assignment of a member of a group", labels=["group"]
        )
        if self._bus is not None:
            failures.add_metric([], self._bus.delete_failures)
            for member in self._bus.members():
                rebalances.add_metric([member.group], member.rebalances)
                for topic, partitions, behind in member.readings():
                    lag.add_metric([member.group, topic], behind)
                    held.add_metric([member.group, topic], partitions)
        return [failures, lag, held, rebalances]
