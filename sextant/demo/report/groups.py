"""Whether the line has worked off what is in the topics: by what groups committed, and by what each stage answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sextant.bus.kafka.lag import lags
from sextant.bus.port import Bus, TopicPartition
from sextant.contracts.topics import dead_letter_topic
from sextant.demo.report.evidence import GroupOffsets
from sextant.demo.report.line import LineFacts
from sextant.demo.report.market import EVENTS, MarketFacts
from sextant.demo.report.reading import whole_topic

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


async def newest_refused(bus: Bus) -> dict[str, int]:
    """Return, by partition of market.events ("topic/number"), the newest offset whose record lies with triangulation's dead letters."""
    newest: dict[str, int] = {}
    async for record in whole_topic(bus, dead_letter_topic(EVENTS, "triangulation")):
        source, _, offset = record.headers.get("origin", b"").decode().rpartition("@")
        newest[source] = max(newest.get(source, -1), int(offset))
    return newest


def unanswered(market: MarketFacts, line: LineFacts, refused: Mapping[str, int]) -> Iterator[str]:
    """Yield inputs to which the next stage has given no answer: both topics state it, whatever was committed.

    `refused` is the newest record of each partition that went to the dead letters, which is an answer to it and to none after it.
    """
    for source, newest in sorted(market.newest_events.items()):
        judged = max(market.newest_validated.get(source, -1), refused.get(source, -1))
        if judged < newest:
            yield f"triangulation: {source} is judged up to {judged}, said up to {newest}"
    for intent in sorted(line.intents.keys() - line.decided.keys()):
        yield f"risk: intent {intent} was never decided"
