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
    """What a log must know to create a topic. `retention_ms` None means compacted.

    `is_stamped_on_append`: a record's timestamp is the broker's clock when it was appended, whatever the producer said; otherwise it
    is the producer's. A log in memory has no clock but its processes' and keeps what it is told.
    """

    name: str
    partitions: int
    retention_ms: int | None = None
    is_stamped_on_append: bool = False


def registry_layouts() -> tuple[TopicLayout, ...]:
    """Return the layout of every topic of the registry and of every dead-letter topic that it implies.

    Brokers stamp records of the registry's topics: what is measured from their timestamps (lag, `--since`) is no producer's word, and
    grows along every partition. A dead letter keeps the timestamp of the record that it was.
    """
    topics = tuple(
        TopicLayout(entry.name, entry.partitions, entry.retention_ms, is_stamped_on_append=True)
        for entry in TOPICS.values()
    )
    letters = tuple(
        TopicLayout(name, DEAD_LETTER_PARTITIONS, DEAD_LETTER_RETENTION_MS) for name in dead_letter_topics()
    )
    return topics + letters
