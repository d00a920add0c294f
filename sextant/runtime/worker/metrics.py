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
        self.records_in = Counter(
            "sextant_records_in", "Records read from the input", ["stage"], registry=registry
        ).labels(stage)
        self.records_out = Counter(
            "sextant_records_out", "Records acknowledged by the log", ["stage", "topic"], registry=registry
        )
        self.duplicates = Gauge(
            "sextant_duplicates_dropped",
            "Redelivered records that changed nothing",
            ["stage"],
            registry=registry,
        ).labels(stage)
        self.dead_letters = Counter(
            "sextant_dead_letters", "Unreadable records kept aside", ["stage", "topic"], registry=registry
        )
        if TOPICS[input].poison is Poison.DEAD_LETTER:
            self.dead_letters.labels(stage, input)  # the first one must be seen as a change
        self.halted = halted_gauge(registry, stage)
        self.sides_unreadable = Counter(
            "sextant_side_records_unreadable",
            "Records of side inputs that were passed over because they cannot be read",
            ["stage"],
            registry=registry,
        ).labels(stage)
        self.refused_commands = Gauge(
            "sextant_refused_commands",
            "Operators' commands that this instance's partitions refused: unsigned, stale or not for them",
            ["stage"],
            registry=registry,
        ).labels(stage)
        self.replayed = Counter(
            "sextant_records_replayed", "Records replayed to rebuild state", ["stage"], registry=registry
        ).labels(stage)
        self.snapshots = Counter(
            "sextant_snapshots", "Snapshots written", ["stage"], registry=registry
        ).labels(stage)
        self.memberships_lost = Counter(
            "sextant_memberships_lost",
            "Times that the partitions turned out to belong to another instance by now",
            ["stage"],
            registry=registry,
        ).labels(stage)
        self.step_seconds = Histogram(
            "sextant_step_seconds",
            "From a record's arrival to its outputs' acknowledgement",
            ["stage"],
            buckets=_LATENCY,
            registry=registry,
        ).labels(stage)
        self.tick_age = TickAge(registry, stage)
        self.newest_ns = 0
        self._event_age = Gauge(
            "sextant_event_age_seconds",
            "Time since ingest received the newest of what was worked off; 0 before the first",
            ["stage"],
            registry=registry,
        ).labels(stage)
        self._snapshot_age = Gauge(
            "sextant_snapshot_age_seconds",
            "Age of the oldest snapshot of a partition that has had input since; 0 where none is held",
            ["stage"],
            registry=registry,
        ).labels(stage)
        self.partitions = Gauge(
            "sextant_assigned_partitions", "Input partitions held", ["stage"], registry=registry
        ).labels(stage)
        self.stage = stage

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
