"""What a stage is: a pure function of one input topic and of side inputs, a state per input partition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from google.protobuf.message import Message

from sextant.bus.port import Position
from sextant.core.identity import Identity
from sextant.runtime.lineage import Lineage


class Input(NamedTuple):
    """A decoded record on its way into a stage.

    `value` is the message of the topic's registry entry; on `market.events.v1` it is the columnar mirror's EventBatch,
    on `market.validated.v1` a ValidatedBatch whose `batch` bytes `sextant.contracts.columns` opens.
    """

    position: Position
    key: str
    value: Any
    raw: bytes
    identity: Identity
    lineage: Lineage
    trace: bytes = b""


class Join(NamedTuple):
    """A further record that an output was made of: `stage` made it, and it has a trace of its own, to which the output's span is linked."""

    stage: str
    identity: Identity
    position: Position


class Output(NamedTuple):
    """What a stage says: the runtime gives it identity, lineage and the position of its cause.

    `partition_key` is the base asset (market topics) or the portfolio (portfolio topics); broadcast topics ignore it.
    `id_field` names the field of `value` that the runtime fills with the record id ("intent_id"); empty when it has none.
    `cause` None means the batch's newest input (handle) or the side record or timer at hand. `uses` are positions of side
    inputs that the output depends on. `joins` are further records of the input topic that went into it.
    """

    topic: str
    key: str
    partition_key: str
    value: Message
    cause: Input | None = None
    uses: tuple[Position, ...] = ()
    id_field: str = ""
    joins: tuple[Join, ...] = ()


@dataclass(frozen=True, slots=True)
class SideValue:
    """The newest value of one key of a side topic, and where it lies."""

    value: Any
    position: Position


@dataclass(slots=True)
class SideView:
    """Side inputs of one input partition as they stand at this step: part of the state, replayed exactly.

    `values[topic][key]`; `silent` holds the side topics that have been silent for longer than the stage's bound.
    """

    values: dict[str, dict[str, SideValue]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()

    def get(self, topic: str, key: str) -> SideValue | None:
        return self.values.get(topic, {}).get(key)

    def all(self, topic: str) -> Mapping[str, SideValue]:
        return self.values.get(topic, {})


class Handler(Protocol):
    """The state of one input partition and the rules that move it. No clock, no network, no randomness.

    The result must not depend on how records are cut into batches.
    """

    def handle(self, batch: Sequence[Input], side: SideView) -> Iterable[Output]:
        """Move the state by the records in order and return the outputs in order; each names its `cause` from the batch.

        Raises PoisonRecord for one that it cannot read, at any time: state and outputs are dropped, and a new handler with the state
        from before is given the others.
        """

    def on_side(self, record: Input, side: SideView) -> Iterable[Output]:
        """A side record was applied (`side` already shows it). Outputs name it as their cause."""

    def on_timer(self, now_ns: int, side: SideView) -> Iterable[Output]:
        """The stage's timer fired at event time `now_ns`."""

    def snapshot(self) -> bytes:
        """Return the state so that restore() continues bit-equal."""

    def restore(self, state: bytes) -> None: ...

    @property
    def refused_commands(self) -> int:
        """How many commands of operators this state has refused; part of the state where a stage takes commands."""


class PlainHandler:
    """Defaults for what most stages do not need."""

    @property
    def refused_commands(self) -> int:
        return 0

    def on_side(self, record: Input, side: SideView) -> Iterable[Output]:
        return ()

    def on_timer(self, now_ns: int, side: SideView) -> Iterable[Output]:
        return ()


@dataclass(frozen=True, slots=True)
class StageSpec:
    """A stage as the worker runs it: names from the registry, a handler per input partition.

    `silence_ns` maps a side topic to the longest silence before it counts as silent (own monotonic clock; each change is journalled).
    `timer_ns` 0 means no timer. `layout` changes when snapshots of older code can no longer be read. `observe` is told of each output
    once the log has acknowledged it: metrics of what was said count there, where a replay says nothing.
    """

    name: str
    input: str
    make: Callable[[int], Handler]
    sides: tuple[str, ...] = ()
    silence_ns: Mapping[str, int] = field(default_factory=dict)
    timer_ns: int = 0
    layout: int = 1
    observe: Callable[[Output], None] | None = None
