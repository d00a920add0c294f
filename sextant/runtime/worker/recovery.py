"""Rebuilding a partition's state: snapshot, then input and side steps in exactly the order in which they were applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sextant.bus.port import Bus, Record, TopicPartition
from sextant.contracts.runtime.v1 import state_pb2
from sextant.core.errors import PoisonRecord
from sextant.runtime.stage import Input, StageSpec
from sextant.runtime.stamp import open_record
from sextant.runtime.worker.answered import answered_to, output_ends
from sextant.runtime.worker.engine import Addressed, Engine
from sextant.runtime.worker.journal import Recalled, boundary, recall


@dataclass(slots=True)
class Recovered:
    """A rebuilt engine, and what it said beyond the committed offset: not known to be sent, so it is sent (again)."""

    engine: Engine
    unsent: list[Addressed] = field(default_factory=list)
    replayed: int = 0


async def recover(
    bus: Bus,
    spec: StageSpec,
    partition: int,
    committed: int | None,
    *,
    make: Callable[[], Engine] | None = None,
    ends: Mapping[TopicPartition, int] | None = None,
    has_state: bool = True,
) -> Recovered:
    """Return the engine of a partition as it was, ready for the record at `engine.next_offset`.

    Outputs below the committed offset are suppressed: they were acknowledged before it was committed. `ends` are the ends of the
    stage's output topics, where the caller has them for several partitions at once; `has_state` False spares reading a state topic
    that is known to be empty.
    """
    engine = make() if make else Engine(spec, partition)
    recalled = await recall(bus, spec.name, partition) if has_state else Recalled()
    if recalled.snapshot is not None:
        engine.restore(recalled.snapshot)
    done = committed or 0
    reached = max(done, boundary(recalled.steps), engine.next_offset)
    end = await answered_to(
        bus, spec, partition, reached, ends if ends is not None else await output_ends(bus, spec)
    )
    recovered = Recovered(engine)
    steps = list(recalled.steps)
    records = (
        await bus.read(TopicPartition(spec.input, partition), engine.next_offset, end)
        if end > engine.next_offset
        else ()
    )
    for record in records:
        while steps and steps[0][1].before_offset <= record.offset:
            _step(recovered, steps.pop(0), done)
        opened = _open(record)
        said = engine.feed([opened]) if opened else []
        recovered.replayed += 1
        if record.offset >= done:
            recovered.unsent.extend(said)
    engine.next_offset = max(engine.next_offset, end)
    for step in steps:
        _step(recovered, step, done)
    return recovered


def _step(recovered: Recovered, step: tuple[int, state_pb2.SideStep], done: int) -> None:
    offset, side = step
    said = recovered.engine.apply(side, offset)
    if side.before_offset >= done:
        recovered.unsent.extend(said)


def _open(record: Record) -> Input | None:
    try:
        return open_record(record)
    except PoisonRecord:
        return None  # it was dead-lettered when it was first read
