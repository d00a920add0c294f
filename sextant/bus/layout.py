"""How the topics of the registry lie in a log: partitions and retention, dead letters included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sextant.contracts.topics import DAY_MS, TOPICS, dead_letter_topics

#: Dead letters are few and read by people: one partition keeps them in order.
DEAD_LETTER_PARTITIONS: Final = 1
DEAD_LETTER_RETENTION_MS: Final = 30 * DAY_MS


@dataclass(frozen=True, slots=True)
class TopicLayout:
    """What a log must know to create a topic. `retention_ms` None means compacted."""

    name: str
    partitions: int
    retention_ms: int | None = None


def registry_layouts() -> tuple[TopicLayout, ...]:
    """Return the layout of every topic of the registry and of every dead-letter topic that it implies."""
    topics = tuple(TopicLayout(entry.name, entry.partitions, entry.retention_ms) for entry in TOPICS.values())
    letters = tuple(
        TopicLayout(name, DEAD_LETTER_PARTITIONS, DEAD_LETTER_RETENTION_MS) for name in dead_letter_topics()
    )
    return topics + letters
