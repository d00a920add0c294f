"""Partitions that wait for somebody to look: what health, metrics and log say of them while they are held, and no longer."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Gauge
from structlog.typing import FilteringBoundLogger

from sextant.bus.port import TopicPartition
from sextant.runtime.health import Health


def halted_gauge(registry: CollectorRegistry, stage: str) -> Gauge:
    """Return the gauge of a stage's halted partitions: one name in every service."""
    gauge = Gauge(
        "sextant_halted_partitions",
        "Partitions of money topics that wait for somebody to look",
        ["stage"],
        registry=registry,
    )
    return gauge.labels(stage)


class Halted:
    """The halted partitions of one consumer. Pausing them is the consumer's business; a rebalance undoes it, so release() first."""

    def __init__(self, health: Health, log: FilteringBoundLogger, gauge: Gauge) -> None:
        self._health, self._log, self._gauge = health, log, gauge
        self._partitions: set[TopicPartition] = set()

    def __contains__(self, at: object) -> bool:
        return at in self._partitions

    def __len__(self) -> int:
        return len(self._partitions)

    def halt(self, at: TopicPartition, reason: str) -> None:
        """This partition stands still: the process is not ready until it is released. Doing it twice tells the newer reason."""
        self._partitions.add(at)
        self._gauge.set(len(self._partitions))
        self._health.set(_check(at), False, reason)
        self._log.error("partition halted", topic=at.topic, partition=at.partition, reason=reason)

    def release(self, partitions: Iterable[TopicPartition]) -> None:
        """These are held no more: whoever gets them finds out for itself. Those that were not halted are passed over."""
        for at in self._partitions.intersection(partitions):
            self._partitions.discard(at)
            self._health.clear(_check(at))
        self._gauge.set(len(self._partitions))


def _check(at: TopicPartition) -> str:
    return f"partition/{at.partition}"
