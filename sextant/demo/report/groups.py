"""Whether the line has worked off what is in the topics: by what groups committed, and by what each stage answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sextant.bus.kafka.lag import lags
from sextant.bus.port import Bus, TopicPartition
from sextant.demo.report.evidence import GroupOffsets
from sextant.demo.report.line import LineFacts
from sextant.demo.report.market import MarketFacts

#: The line's groups and the topics that each works off. Groups of periodic topics (breaker) never come to an end.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "triangulation": ("market.events.v1",),
    "features": ("market.validated.v1",),
    "strategies": ("features.vectors.v1",),
    "ensemble": ("strategies.signals.v1",),
    "risk": ("strategies.intents.v1",),
    "execution": ("risk.decisions.v1",),
    "ledger": ("execution.orders.v1", "execution.fills.v1"),
}


async def committed_lag(bus: Bus, offsets: GroupOffsets) -> list[str]:
    """Return the partitions that a group of the line has not worked off."""
    found = []
    for group, topics in GROUPS.items():
        ends: dict[TopicPartition, int] = {}
        for topic in topics:
            ends.update(await bus.end_offsets(topic))
        for at, lag in lags(ends, await offsets.committed(group), topics).items():
            if lag:
                found.append(f"{group}: {lag} records behind on {at.topic}/{at.partition}")
    return found


def unanswered(market: MarketFacts, line: LineFacts, dead_letters: Mapping[str, int]) -> Iterator[str]:
    """Yield inputs to which the next stage has given no answer: both topics state it, whatever was committed."""
    if not dead_letters.get("market.events.v1.triangulation.dlq"):
        for source, newest in sorted(market.newest_events.items()):
            judged = market.newest_validated.get(source, -1)
            if judged < newest:
                yield f"triangulation: {source} is judged up to {judged}, said up to {newest}"
    for intent in sorted(line.intents.keys() - line.decided.keys()):
        yield f"risk: intent {intent} was never decided"
