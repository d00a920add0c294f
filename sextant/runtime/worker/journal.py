"""A stage's own log of one input partition: side steps as they were applied, snapshots, and reading them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sextant.bus.port import Bus, Outgoing, Record, TopicPartition
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.topics import state_topic
from sextant.core.errors import InvalidValue
from sextant.runtime.stamp import identity_of

_KEY = b"state"


@dataclass(slots=True)
class Recalled:
    """What a state topic's partition holds: the newest snapshot and the side steps after it, with their offsets."""

    snapshot: state_pb2.Snapshot | None = None
    steps: list[tuple[int, state_pb2.SideStep]] = field(default_factory=list)
    void: int = 0


def claim_record(stage: str, partition: int, instance: str) -> Outgoing:
    """Return the record with which a new owner begins; its offset is the owner's number."""
    return _outgoing(stage, partition, state_pb2.StateRecord(claim=state_pb2.Claim(instance=instance)))


def step_record(
    stage: str, partition: int, owner: int, before_offset: int, events: Iterable[state_pb2.SideEvent]
) -> Outgoing:
    """Return the record that journals side events before they are applied."""
    step = state_pb2.SideStep(before_offset=before_offset, events=events)
    return _outgoing(stage, partition, state_pb2.StateRecord(side=step, owner=owner))


def snapshot_record(stage: str, partition: int, owner: int, snapshot: state_pb2.Snapshot) -> Outgoing:
    """Return the record that holds a snapshot."""
    return _outgoing(stage, partition, state_pb2.StateRecord(snapshot=snapshot, owner=owner))


def side_event(record: Record) -> state_pb2.SideEvent:
    """Return the journal form of a side record. Raises InvalidValue when it has no identity."""
    return state_pb2.SideEvent(
        record=state_pb2.SideRecord(
            position=values_pb2.Position(
                topic=record.topic, partition=record.partition, offset=record.offset
            ),
            key=record.key,
            value=record.value or b"",
            identity=identity_of(record).encode(),
        )
    )


async def recall(bus: Bus, stage: str, partition: int) -> Recalled:
    """Read a partition's state back, without what former owners wrote after they had lost it. Raises InvalidValue for anything else."""
    recalled, owner = Recalled(), -1
    for record in await bus.read(TopicPartition(state_topic(stage), partition)):
        state = state_pb2.StateRecord.FromString(record.value or b"")
        kind = state.WhichOneof("kind")
        if kind == "claim":
            owner = record.offset
        elif kind is None:
            place = f"{state_topic(stage)}/{partition}@{record.offset}"
            raise InvalidValue(place, "an empty record", "a snapshot, a side step or a claim")
        elif state.owner < owner:
            recalled.void += 1
        elif kind == "snapshot":
            recalled = Recalled(state.snapshot, void=recalled.void)
            owner = max(owner, state.owner)
        else:
            recalled.steps.append((record.offset, state.side))
    return recalled


def boundary(steps: Sequence[tuple[int, state_pb2.SideStep]]) -> int:
    """Return the input offset that the state had reached when the last step was journalled."""
    return steps[-1][1].before_offset if steps else 0


def _outgoing(stage: str, partition: int, record: state_pb2.StateRecord) -> Outgoing:
    return Outgoing(state_topic(stage), partition, _KEY, record.SerializeToString())
