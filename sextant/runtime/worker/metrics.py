"""Metrics that every pure stage has."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from sextant.contracts.topics import TOPICS, Poison
from sextant.core.time import SECOND
from sextant.runtime.halted import halted_gauge
from sextant.telemetry.latency import TickAge

_LATENCY = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class WorkerMetrics:
    """One object per worker; names are stable. `input` is the topic that the stage works off."""

    def __init__(self, registry: CollectorRegistry, stage: str, input: str) -> None:
        def counter(name: str, about: str) -> Counter:
            return Counter(name, about, ["stage"], registry=registry).labels(stage)

        def gauge(name: str, about: str) -> Gauge:
            return Gauge(name, about, ["stage"], registry=registry).labels(stage)

        def by_topic(name: str, about: str) -> Counter:
            return Counter(name, about, ["stage", "topic"], registry=registry)

        self.stage = stage
        self.records_in = counter("sextant_records_in", "Records read from the input")
        self.records_out = by_topic("sextant_records_out", "Records acknowledged by the log")
        self.duplicates = gauge("sextant_duplicates_dropped", "Redelivered records that changed nothing")
        self.dead_letters = by_topic("sextant_dead_letters", "Unreadable records kept aside")
        if TOPICS[input].poison is Poison.DEAD_LETTER:
            self.dead_letters.labels(stage, input)  # the first one must be seen as a change
        self.halted = halted_gauge(registry, stage)
        self.sides_unreadable = counter(
            "sextant_side_records_unreadable",
            "Records of side inputs that were passed over because they cannot be read",
        )
        self.refused_commands = gauge(
            "sextant_refused_commands",
            "Operators' commands that this instance's partitions refused: unsigned, stale or not for them",
        )
        self.replayed = counter("sextant_records_replayed", "Records replayed to rebuild state")
        self.snapshots = counter("sextant_snapshots", "Snapshots written")
        self.memberships_lost = counter(
            "sextant_memberships_lost",
            "Times that the partitions turned out to belong to another instance by now",
        )
        self.step_seconds = Histogram(
            "sextant_step_seconds",
            "From a record's arrival to its outputs' acknowledgement",
            ["stage"],
            buckets=_LATENCY,
            registry=registry,
        ).labels(stage)
        self.tick_age = TickAge(registry, stage)
        self.newest_ns = 0
        self._event_age = gauge(
            "sextant_event_age_seconds",
            "Time since ingest received the newest of what was worked off; 0 before the first",
        )
        self._snapshot_age = gauge(
            "sextant_snapshot_age_seconds",
            "Age of the oldest snapshot of a partition that has had input since; 0 where none is held",
        )
        self.partitions = gauge("sextant_assigned_partitions", "Input partitions held")

    def watch(self, wall_ns: Callable[[], int], snapshot_age_ns: Callable[[], int]) -> None:
        """Ask these whenever metrics are scraped."""
        self._event_age.set_function(
            lambda: max(0, wall_ns() - self.newest_ns) / SECOND if self.newest_ns else 0.0
        )
        self._snapshot_age.set_function(lambda: snapshot_age_ns() / SECOND)

    def sent(self, topic: str, count: int) -> None:
        self.records_out.labels(self.stage, topic).inc(count)

    def dead_lettered(self, topic: str) -> None:
        self.dead_letters.labels(self.stage, topic).inc()
