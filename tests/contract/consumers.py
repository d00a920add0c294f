"""How each consumer of the registry is fed one record: the entry point that the running service uses.

An adapter raises NotRead for a topic that its service does not read, and whatever the service raises for a record it cannot take.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, Record, TopicPartition
from sextant.contracts.examples import EXAMPLES
from sextant.contracts.examples.values import PORTFOLIO
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.topics import TOPICS, state_topic
from sextant.core.identity import Identity, Root
from sextant.core.partitions import portfolio_partition
from sextant.runtime.lineage import Lineage
from sextant.runtime.settings import Platform, load_platform
from sextant.runtime.stage import StageSpec
from sextant.runtime.stamp import headers_of, open_record
from sextant.runtime.worker.engine import Addressed, Engine
from sextant.runtime.worker.journal import recall, side_event

CONFIG = Path(__file__).parents[2] / "config" / "sextant.yaml"


class NotRead(Exception):
    """The service does not read this topic."""


@dataclass(frozen=True)
class Fed:
    """One record as it lies in the log, with the example it was made from."""

    topic: str
    name: str
    record: Record


Adapter = Callable[[Fed], Awaitable[None]]


def example_record(topic: str, name: str, *, offset: int = 0) -> Record:
    """Return an example as a record of its topic; a tombstone has no value."""
    example = EXAMPLES[topic][name]
    partition = portfolio_partition(PORTFOLIO) if TOPICS[topic].partitions == 12 else 0
    headers = headers_of(TOPICS[topic], Identity(Root("example", 0, offset)), Lineage())
    value = None if example.message is None else example.value()
    return Record(topic, partition, offset, example.key.encode(), value, headers, 1_767_225_600_000)


def platform() -> Platform:
    return load_platform(CONFIG)


def stage(spec: StageSpec) -> Adapter:
    """Return the adapter of a pure stage: its input, its sides and its own log, through the worker's engine."""

    async def feed(fed: Fed) -> None:
        record = fed.record
        if fed.topic == state_topic(spec.name):
            await _recalls(spec.name, record)
        elif fed.topic == spec.input:
            engine = prepared(spec)
            assert_answers(spec, fed, engine.feed([open_record(record)]))
            engine.snapshot()
        elif fed.topic in spec.sides:
            apply_side(prepared(spec), record)
        else:
            raise NotRead

    return feed


def prepared(spec: StageSpec) -> Engine:
    """Return an engine that knows every example of the stage's side topics."""
    partition = portfolio_partition(PORTFOLIO) if spec.name == "risk" else 0
    engine = Engine(spec, partition)
    for topic in spec.sides:
        for offset, name in enumerate(EXAMPLES[topic]):
            apply_side(engine, example_record(topic, name, offset=offset))
    return engine


def apply_side(engine: Engine, record: Record) -> list[Addressed]:
    """Apply a side record as the worker does: opened where it has a value, journalled, applied."""
    if record.value is not None:
        open_record(record)
    return engine.apply(state_pb2.SideStep(events=[side_event(record)]), 0)


def assert_answers(spec: StageSpec, fed: Fed, said: Sequence[Addressed]) -> None:
    """Stages that must say something about every record of their input say it, readably."""
    if spec.name in ("triangulation", "risk"):
        assert said, f"{spec.name} is silent about {fed.name}"
    for addressed in said:
        output = addressed.output
        assert isinstance(output.value, TOPICS[output.topic].message)
        assert TOPICS[output.topic].owner == spec.name


async def _recalls(name: str, record: Record) -> None:
    log = MemoryLog()
    bus = MemoryBus(log)
    await bus.ensure_topics()
    at = TopicPartition(state_topic(name), 0)
    await bus.producer().send([Outgoing(at.topic, 0, record.key, record.value, record.headers)])
    recalled = await recall(bus, name, 0)
    kind = state_pb2.StateRecord.FromString(record.value or b"").WhichOneof("kind")
    assert (recalled.snapshot is not None) == (kind == "snapshot")
    assert len(recalled.steps) == (kind == "side")
