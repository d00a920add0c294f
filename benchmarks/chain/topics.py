"""The way that a record takes: which stage reads what and says what, on our topics and on the bare chain's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sextant.bus.layout import TopicLayout, registry_layouts
from sextant.contracts.topics import HOUR_MS, TOPICS, state_topic

#: (stage, topic it says), from the tick to the decision on an order.
STAGES: Final = (
    ("triangulation", "market.validated.v1"),
    ("features", "features.vectors.v1"),
    ("strategies", "strategies.signals.v1"),
    ("ensemble", "strategies.intents.v1"),
    ("risk", "risk.decisions.v1"),
)
FIRST: Final = "market.events.v1"


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop: who reads which topic and says which."""

    stage: str
    source: str
    target: str


def our_hops(count: int) -> list[Hop]:
    """Return the first hops of the platform's own way."""
    sources = (FIRST, *(target for _, target in STAGES))
    return [
        Hop(stage, source, target)
        for source, (stage, target) in list(zip(sources, STAGES, strict=False))[:count]
    ]


def bare_hops(count: int) -> list[Hop]:
    """Return the same way on topics that belong to nobody."""
    return [Hop(hop.stage, bare_topic(hop.source), bare_topic(hop.target)) for hop in our_hops(count)]


def bare_topic(name: str) -> str:
    """Return the bare chain's twin of a topic."""
    return f"bare.{name}"


def layouts(count: int) -> list[TopicLayout]:
    """Return every topic that chains of `count` hops need: what our stages say, their state, and the twins."""
    hops = our_hops(count)
    stages = {hop.stage for hop in hops}
    wanted = {FIRST, *(entry.name for entry in TOPICS.values() if entry.owner in stages)}
    wanted |= {state_topic(stage) for stage in stages}
    ours = [layout for layout in registry_layouts() if layout.name in wanted]
    way = (FIRST, *(hop.target for hop in hops))
    return ours + [TopicLayout(bare_topic(name), TOPICS[name].partitions, HOUR_MS) for name in way]
