"""The topic registry as the chart reads it: each topic's settings, and what each service may read and write."""

from __future__ import annotations

from typing import Any, Final

from sextant.bus.kafka.admin import topic_settings
from sextant.bus.layout import TopicLayout, registry_layouts
from sextant.contracts.topics import (
    STAGES,
    TOPICS,
    Delivery,
    Poison,
    dead_letter_topic,
    state_topic,
)

#: Execution tells of a FLAT ALL that came by its emergency door, which the registry's owner of commands never saw.
_ALSO_WRITES: Final = {"execution": ("control.commands.v1",)}
#: Input of each stage whose workers share its partitions. The ledger shares those of fills; orders have as many.
_INPUTS: Final = {
    "triangulation": "market.events.v1",
    "features": "market.validated.v1",
    "strategies": "features.vectors.v1",
    "ensemble": "strategies.signals.v1",
    "risk": "strategies.intents.v1",
    "breaker": "control.commands.v1",
    "execution": "risk.decisions.v1",
    "ledger": "execution.fills.v1",
}
#: Most workers of those that share no input: ingest reads each venue itself, archive writes to one volume, consoles show everything.
_WORKERS: Final = {"ingest": 1, "archive": 1, "console": 3}


def registry_file() -> dict[str, Any]:
    """Return what the chart's files/registry.json holds."""
    return {
        "topics": [
            # min.insync.replicas follows from the copies, which a release chooses.
            {"name": layout.name, "partitions": layout.partitions, "config": _settings(layout)}
            for layout in registry_layouts()
        ],
        "services": {stage: _rights(stage) for stage in STAGES},
    }


def most_workers(stage: str) -> int:
    """Return how many workers of a stage can be given something to do."""
    return _WORKERS.get(stage) or TOPICS[_INPUTS[stage]].partitions


def input_of(stage: str) -> str:
    """Return the topic whose partitions a stage's workers share; empty where they share none."""
    return _INPUTS.get(stage, "")


def _settings(layout: TopicLayout) -> dict[str, str]:
    settings = topic_settings(layout, 1)
    del settings["min.insync.replicas"]
    return settings


def _rights(stage: str) -> dict[str, Any]:
    owned = [entry.name for entry in TOPICS.values() if entry.owner == stage]
    own_log = state_topic(stage)
    return {
        # A stage reads what it wrote: that is how a new owner learns how far the former one had answered.
        "reads": sorted({*owned, *(entry.name for entry in TOPICS.values() if stage in entry.consumers)}),
        "writes": sorted({*owned, *_ALSO_WRITES.get(stage, ()), *_dead_letters(stage)}),
        # Below its newest snapshot a stage deletes its own log.
        "deletes": [own_log] if own_log in owned else [],
        "input": input_of(stage),
        "group": "" if stage in ("ingest", "console") else stage,
        "workers": most_workers(stage),
    }


def _dead_letters(stage: str) -> list[str]:
    return [
        dead_letter_topic(entry.name, stage)
        for entry in TOPICS.values()
        if stage in entry.consumers
        and entry.poison is Poison.DEAD_LETTER
        and entry.delivery is Delivery.PARTITIONED
    ]
