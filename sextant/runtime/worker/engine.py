"""A stage's state of one input partition without any I/O: what the worker drives over a bus, and the fused topology directly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sextant.bus.port import Position, TopicPartition
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.topics import TOPICS, state_topic
from sextant.core.errors import InvalidValue
from sextant.core.identity import Identity, Root
from sextant.runtime.lineage import Lineage
from sextant.runtime.stage import Input, Output, SideValue, SideView, StageSpec
from sextant.runtime.stamp import open_value, root_for_outputs


class Addressed(NamedTuple):
    """An output with its own identity and the record that caused it (None: a timer)."""

    output: Output
    identity: Identity
    cause: Input | None


class Engine:
    """The state of one input partition: handler, side view, marks of identity, positions."""

    def __init__(self, spec: StageSpec, partition: int, *, checks_identity: bool = True) -> None:
        self.spec, self.partition = spec, partition
        self.handler = spec.make(partition)
        self.side = SideView(values={topic: {} for topic in spec.sides})
        self.next_offset = 0
        self.side_next: dict[TopicPartition, int] = {}
        self.duplicates = 0
        self._marks: dict[tuple[str, str], tuple[int, int, bytes]] = {}
        self._side_raw: dict[tuple[str, str], state_pb2.SideRecord] = {}
        self._checks_identity = checks_identity

    def anew(self) -> Engine:
        """Return an engine of the same partition that knows nothing yet."""
        return Engine(self.spec, self.partition, checks_identity=self._checks_identity)

    def feed(self, inputs: Sequence[Input]) -> list[Addressed]:
        """Apply records of the input in order and return what the stage says; duplicates change nothing.

        Raises the PoisonRecord of a handler: then a part of them may have been applied, and the state is of no more use.
        """
        fresh = [record for record in inputs if self._is_new(record)]
        if inputs:
            self.next_offset = inputs[-1].position.offset + 1
        if not fresh:
            return []
        return self._address(self.handler.handle(fresh, self.side), fresh[-1])

    def apply(self, step: state_pb2.SideStep, offset: int) -> list[Addressed]:
        """Apply a journalled side step that lies at `offset` of the state topic."""
        said: list[Addressed] = []
        for number, event in enumerate(step.events):
            root = Identity(Root.at(state_topic(self.spec.name), self.partition, offset)).child(number)
            said.extend(self._apply_event(event, root))
        return said

    def wants(self, topic: str, partition: int, offset: int) -> bool:
        """Return whether a side record is new to this partition's state and concerns it."""
        entry, own = TOPICS[topic], TOPICS[self.spec.input]
        shares_partitions = entry.partitions == own.partitions and entry.partitions > 1
        if shares_partitions and partition != self.partition:
            return False
        return offset >= self.side_next.get(TopicPartition(topic, partition), 0)

    def snapshot(self) -> state_pb2.Snapshot:
        """Return everything that restore() needs to continue bit-equal."""
        return state_pb2.Snapshot(
            next_offset=self.next_offset,
            layout=self.spec.layout,
            state=self.handler.snapshot(),
            marks=[
                state_pb2.Mark(topic=topic, source=source, epoch=epoch, sequence=sequence, path=path)
                for (topic, source), (epoch, sequence, path) in sorted(self._marks.items())
            ],
            sides=[record for _, record in sorted(self._side_raw.items())],
            silent=sorted(self.side.silent),
            side_next=[
                values_pb2.Position(topic=at.topic, partition=at.partition, offset=offset)
                for at, offset in sorted(self.side_next.items())
            ],
        )

    def restore(self, snapshot: state_pb2.Snapshot) -> None:
        """Become what snapshot() described. Raises InvalidValue when the layout is of other code."""
        if snapshot.layout != self.spec.layout:
            raise InvalidValue("snapshot layout", str(snapshot.layout), f"{self.spec.layout} of this code")
        self.next_offset = snapshot.next_offset
        self.handler.restore(snapshot.state)
        self._marks = {
            (mark.topic, mark.source): (mark.epoch, mark.sequence, mark.path) for mark in snapshot.marks
        }
        self.side_next = {TopicPartition(at.topic, at.partition): at.offset for at in snapshot.side_next}
        self.side.silent = frozenset(snapshot.silent)
        for record in snapshot.sides:
            self._keep(record)

    def _apply_event(self, event: state_pb2.SideEvent, root: Identity) -> list[Addressed]:
        kind = event.WhichOneof("kind")
        if kind == "record":
            return self._apply_record(event.record, root)
        if kind == "timer_ns":
            return self._address(self.handler.on_timer(event.timer_ns, self.side), None, root)
        if kind == "fell_silent":
            self.side.silent |= {event.fell_silent}
        elif kind == "speaks_again":
            self.side.silent -= {event.speaks_again}
        else:
            raise InvalidValue("side event", str(event), "a record, a timer, or a change of silence")
        return []

    def _apply_record(self, record: state_pb2.SideRecord, root: Identity) -> list[Addressed]:
        at = record.position
        self.side_next[TopicPartition(at.topic, at.partition)] = at.offset + 1
        if not self._is_new_identity(at.topic, Identity.decode(record.identity)):
            return []
        value = self._keep(record)
        if value is None:
            return []
        opened = Input(value.position, record.key.decode(), value.value, record.value, root, Lineage())
        return self._address(self.handler.on_side(opened, self.side), opened, root)

    def _keep(self, record: state_pb2.SideRecord) -> SideValue | None:
        """Put a side record into the view. Topics that are not compacted are facts, not values: they pass, nothing of them is kept."""
        entry, key = TOPICS[record.position.topic], record.key.decode()
        view = self.side.values[entry.name]
        if not record.value:
            view.pop(key, None)
            self._side_raw.pop((entry.name, key), None)
            return None
        position = Position(entry.name, record.position.partition, record.position.offset)
        value = SideValue(open_value(entry, record.value), position)
        if entry.is_compacted:
            view[key] = value
            self._side_raw[(entry.name, key)] = record
        return value

    def _address(
        self, outputs: Iterable[Output], default: Input | None, root: Identity | None = None
    ) -> list[Addressed]:
        ordinals: dict[Position | None, int] = {}
        addressed = []
        for output in outputs:
            cause = output.cause or default
            place = cause.position if cause else None
            ordinal = ordinals[place] = ordinals.get(place, -1) + 1
            origin = root or (root_for_outputs(cause) if cause else None)
            assert origin is not None
            addressed.append(Addressed(output, origin.child(ordinal), cause))
        return addressed

    def _is_new(self, record: Input) -> bool:
        return self._is_new_identity(record.position.topic, record.identity)

    def _is_new_identity(self, topic: str, identity: Identity) -> bool:
        key, order = (topic, identity.root.source), identity.order
        if self._checks_identity and order <= self._marks.get(key, (-1, -1, b"")):
            self.duplicates += 1
            return False
        self._marks[key] = order
        return True


def state_equal(one: Engine, other: Engine) -> bool:
    """Return whether two engines are in bit-equal states."""
    return one.snapshot().SerializeToString(deterministic=True) == other.snapshot().SerializeToString(
        deterministic=True
    )
