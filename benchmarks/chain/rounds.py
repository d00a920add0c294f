"""Our chain and the bare one under the same load in turns, and the bytes that the bare one must say."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.chain.bare import Template
from benchmarks.chain.driver import Driver, Load, Outcome, Side
from benchmarks.chain.sides import partition_at_end
from benchmarks.chain.topics import Hop
from sextant.bus.kafka import KafkaBus
from sextant.bus.port import TopicPartition
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror

#: What each hop says, by its topic and the length of what it answers.
Templates = dict[str, dict[int, Template]]


async def turns(
    driver: Driver, ours: Side, bare: Side, load: Load, runs: int
) -> tuple[list[Outcome], list[Outcome]]:
    """Return the outcomes of `runs` rounds for both sides after one warm-up round; every second round begins with the other."""
    found: dict[str, list[Outcome]] = {ours.target: [], bare.target: []}
    for number in range(runs + 1):
        for side in (ours, bare) if number % 2 else (bare, ours):
            outcome = await driver.run(side, load)
            if number:
                found[side.target].append(outcome)
    return found[ours.target], found[bare.target]


async def capture(
    driver: Driver, bus: KafkaBus, side: Side, hops: Sequence[Hop], batches: Sequence[mirror.EventBatch]
) -> Templates:
    """Send each batch through our chain and return what every hop said of it."""
    templates: Templates = {hop.target: {} for hop in hops}
    for batch in batches:
        await driver.warm_up(side, batch)
        answered = batch.ByteSize()
        for hop in hops:
            template = await _newest(bus, TopicPartition(hop.target, partition_at_end(hop.target)))
            templates[hop.target][answered] = template
            answered = len(template.value)
    return templates


async def _newest(bus: KafkaBus, at: TopicPartition) -> Template:
    end = (await bus.end_offsets(at.topic))[at]
    record = (await bus.read(at, end - 1, end))[-1]
    return Template(record.key, record.value or b"", tuple(record.headers.items()), at.partition)
