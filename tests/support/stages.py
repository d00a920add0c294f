"""Runs a pure stage over steps, cut into batches and snapshots as a test asks, so that runs can be compared.

inputs = make_inputs("features.vectors.v1", [("alpha:BTC/USDT", vector), ...])
whole = run_split(spec, inputs)
cut = run_split(spec, inputs, splits={3, 5}, snapshot_points={5})
assert cut == whole
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from sextant.bus.port import Position
from sextant.contracts.topics import TOPICS
from sextant.core.identity import Identity, Root
from sextant.runtime.lineage import Lineage
from sextant.runtime.stage import Handler, Input, Join, Output, SideValue, SideView, StageSpec
from sextant.runtime.stamp import open_value


@dataclass(frozen=True, slots=True)
class Side:
    """A side record that arrives between inputs."""

    record: Input


@dataclass(frozen=True, slots=True)
class Timer:
    """The stage's timer firing between inputs."""

    now_ns: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Side topics that count as silent from here on."""

    topics: frozenset[str]


Step = Input | Side | Timer | Silence


@dataclass(frozen=True, slots=True)
class Said:
    """An output as comparable values; `ordinal` counts the outputs of one cause, as the runtime does for identities."""

    topic: str
    key: str
    partition_key: str
    value: bytes
    cause: Position | None
    ordinal: int
    uses: tuple[Position, ...]
    id_field: str
    joins: tuple[Join, ...] = ()

    def open(self) -> Message:
        """Return the message, read back from its bytes."""
        message = TOPICS[self.topic].message()
        message.ParseFromString(self.value)
        return message


@dataclass(frozen=True, slots=True)
class Run:
    """What a stage said, and the snapshot it ended with."""

    outputs: tuple[Said, ...]
    state: bytes

    def messages(self, topic: str) -> list[Message]:
        """Return the messages of one topic in order."""
        return [said.open() for said in self.outputs if said.topic == topic]


def make_input(
    topic: str, key: str, message: Message, offset: int, partition: int = 0, *, source: str = "test"
) -> Input:
    """Return a message as a stage receives it: decoded from its bytes as the runtime decodes it."""
    raw = message.SerializeToString(deterministic=True)
    value = open_value(TOPICS[topic], raw)
    identity = Identity(Root(source, 0, offset))
    return Input(Position(topic, partition, offset), key, value, raw, identity, Lineage())


def make_inputs(
    topic: str, messages: Iterable[tuple[str, Message]], *, start: int = 0, partition: int = 0
) -> list[Input]:
    """Return (key, message) pairs as consecutive records of one partition."""
    return [
        make_input(topic, key, message, offset, partition)
        for offset, (key, message) in enumerate(messages, start)
    ]


def run_split(
    spec: StageSpec,
    steps: Sequence[Step],
    splits: Collection[int] = (),
    snapshot_points: Collection[int] = (),
    *,
    partition: int = 0,
) -> Run:
    """Run the stage over `steps`.

    A new batch begins before every index in `splits`; sides, timers and silences always stand between batches. Before every index in
    `snapshot_points` the handler is replaced by a fresh one that was restored from its snapshot, which must snapshot alike.
    """
    runner = _Runner(spec, partition)
    for index, step in enumerate(steps):
        if index in splits or index in snapshot_points:
            runner.flush()
        if index in snapshot_points:
            runner.replace_handler()
        runner.take(step)
    runner.flush()
    return Run(tuple(runner.said), runner.handler.snapshot())


class _Runner:
    def __init__(self, spec: StageSpec, partition: int) -> None:
        self._spec, self._partition = spec, partition
        self.handler: Handler = spec.make(partition)
        self.said: list[Said] = []
        self._side = SideView(values={topic: {} for topic in spec.sides})
        self._batch: list[Input] = []

    def take(self, step: Step) -> None:
        if isinstance(step, Input):
            self._batch.append(step)
            return
        self.flush()
        match step:
            case Side(record):
                values = self._side.values.setdefault(record.position.topic, {})
                values[record.key] = SideValue(record.value, record.position)
                self._hear(self.handler.on_side(record, self._side), record)
            case Timer(now_ns):
                self._hear(self.handler.on_timer(now_ns, self._side), None)
            case Silence(topics):
                self._side.silent = topics

    def flush(self) -> None:
        if self._batch:
            batch, self._batch = self._batch, []
            self._hear(self.handler.handle(batch, self._side), batch[-1])

    def replace_handler(self) -> None:
        state = self.handler.snapshot()
        self.handler = self._spec.make(self._partition)
        self.handler.restore(state)
        assert self.handler.snapshot() == state, "a restored handler must snapshot alike"

    def _hear(self, outputs: Iterable[Output], newest: Input | None) -> None:
        ordinals: dict[Position | None, int] = {}
        for output in outputs:
            cause = output.cause or newest
            place = cause.position if cause else None
            ordinals[place] = ordinals.get(place, -1) + 1
            self.said.append(_said(output, place, ordinals[place]))


def _said(output: Output, cause: Position | None, ordinal: int) -> Said:
    value = output.value.SerializeToString(deterministic=True)
    names = (output.topic, output.key, output.partition_key)
    return Said(*names, value, cause, ordinal, output.uses, output.id_field, output.joins)
