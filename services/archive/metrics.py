"""Metrics of the archive."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class ArchiveMetrics:
    """What the archive counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.rows = Counter("sextant_archive_rows", "Records written", ["topic"], registry=registry)
        self.parts = Counter("sextant_archive_parts", "Files written", registry=registry)
        self.bytes = Counter(
            "sextant_archive_value_bytes", "Bytes of values written, before compression", registry=registry
        )
        self.memberships_lost = Counter(
            "sextant_archive_memberships_lost",
            "Times that the partitions turned out to belong to another instance by now",
            registry=registry,
        )
