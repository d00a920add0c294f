"""Counters of ingest by venue, from the text that Prometheus scrapes."""

from __future__ import annotations

from collections import Counter

from prometheus_client.parser import text_string_to_metric_families

COUNTERS = ("frames", "events", "gaps", "reconnects")
_PREFIX = "sextant_ingest_"


def ingest_counters(text: str) -> dict[str, Counter[str]]:
    """Return frames, events, gaps and reconnects by venue; no venues where the text has none. Raises ValueError for other text."""
    found: dict[str, Counter[str]] = {}
    names = {f"{_PREFIX}{name}_total": name for name in COUNTERS}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = names.get(sample.name)
            if name is not None and "venue" in sample.labels:
                found.setdefault(sample.labels["venue"], Counter())[name] += int(sample.value)
    return found
