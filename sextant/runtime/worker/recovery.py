"""Rebuilding a partition's state: snapshot, then input and side steps in exactly the order in which they were applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sextant.bus.port import Bus, Record, TopicPartition
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.topics import TOPICS, Poison
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
    that is known to be empty. `make` is called again for each record that the handler refuses on a topic whose records are kept aside.
    """
    recalled = await recall(bus, spec.name, partition) if has_state else Recalled()
    start = recalled.snapshot.next_offset if recalled.snapshot is not None else 0
    done = committed or 0
    reached = max(done, boundary(recalled.steps), start)
    end = await answered_to(
        bus, spec, partition, reached, ends if ends is not None else await output_ends(bus, spec)
    )
    records = await bus.read(TopicPartition(spec.input, partition), start, end) if end > start else ()
    make = make or partial(Engine, spec, partition)
    while True:
        try:
            return _replay(make(), recalled, records, end, done)
        except PoisonRecord as error:
            records = _without(error, records)


async def as_before(bus: Bus, moved: Engine, offset: int) -> Engine:
    """Return what an engine of this process was before it was fed the record at `offset` or any later one, read from the log."""
    recovered = await recover(bus, moved.spec, moved.partition, offset, make=moved.anew, ends={})
    return recovered.engine


def _replay(engine: Engine, recalled: Recalled, records: Iterable[Record], end: int, done: int) -> Recovered:
    if recalled.snapshot is not None:
        engine.restore(recalled.snapshot)
    recovered, steps = Recovered(engine), list(recalled.steps)
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


def _without(error: PoisonRecord, records: Sequence[Record]) -> Sequence[Record]:
    """Leave out what the handler refused and the worker kept aside. Raises `error` where that cannot have been: nothing was passed over."""
    others = [record for record in records if record.position != (error.topic, error.partition, error.offset)]
    if len(others) == len(records) or TOPICS[error.topic].poison is Poison.HALT:
        raise error
    return others


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
