"""How far a former owner had answered: read from the lineage of the stage's own outputs.

A crash between the acknowledgement of outputs and the next commit leaves answers that downstream has seen. They must be given again
with the same side inputs, so side inputs that came later may be applied only after the last answered record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sextant.bus.port import Bus, Record, TopicPartition
from sextant.contracts.topics import TOPICS, Delivery, Topic, state_topic
from sextant.core.errors import InvalidValue
from sextant.runtime.lineage import Lineage
from sextant.runtime.stage import StageSpec
from sextant.runtime.stamp import LINEAGE

#: Who let go in good order has answered nothing behind its last commit, which few records tell; after a crash more are read, and more.
_FIRST: Final = 32
_CHUNK: Final = 500
#: Commits are never this far behind; older outputs cannot be beyond the committed offset.
_LOOK_BACK_MS: Final = 60_000


async def output_ends(bus: Bus, spec: StageSpec) -> dict[TopicPartition, int]:
    """Return the high-water marks of everything that a stage says to others."""
    ends: dict[TopicPartition, int] = {}
    for entry in TOPICS.values():
        if (
            entry.owner == spec.name
            and entry.name != state_topic(spec.name)
            and entry.delivery is Delivery.PARTITIONED
        ):
            ends.update(await bus.end_offsets(entry.name))
    return ends


async def answered_to(
    bus: Bus, spec: StageSpec, partition: int, base: int, ends: Mapping[TopicPartition, int]
) -> int:
    """Return the offset after the newest input record that has an answer in the log, at least `base`."""
    newest = base
    for at, end in ends.items():
        if _may_hold(TOPICS[at.topic], TOPICS[spec.input], at.partition, partition):
            newest = max(newest, await _newest_answer(bus, spec, partition, base, at, end))
    return newest


async def _newest_answer(
    bus: Bus, spec: StageSpec, partition: int, base: int, at: TopicPartition, end: int
) -> int:
    newest, since_ms, size = base, None, _FIRST
    while end > 0:
        start, size = max(0, end - size), _CHUNK
        records = await bus.read(at, start, end)
        if not records:
            return newest
        since_ms = records[-1].timestamp_ms - _LOOK_BACK_MS if since_ms is None else since_ms
        found = list(_answers(records, spec, partition))
        newest = max([newest, *(offset + 1 for offset in found)])
        if any(offset < base for offset in found) or records[0].timestamp_ms < since_ms:
            return newest
        end = start
    return newest


def _answers(records: Sequence[Record], spec: StageSpec, partition: int) -> Iterator[int]:
    for record in records:
        hop = _last_hop_input(record)
        if hop is not None and hop[:2] == (spec.input, partition):
            yield hop[2]


def _last_hop_input(record: Record) -> tuple[str, int, int] | None:
    try:
        hops = Lineage(record.headers.get(LINEAGE, b"")).hops()
    except InvalidValue:
        return None
    if not hops or hops[-1].input is None:
        return None
    position = hops[-1].input
    return position.topic, position.partition, position.offset


def _may_hold(output: Topic, source: Topic, output_partition: int, partition: int) -> bool:
    """Outputs of one family of partitions stay in their number; across families they may be anywhere."""
    return output.partitions != source.partitions or output_partition == partition
