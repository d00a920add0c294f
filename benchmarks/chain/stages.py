"""Stages that pass everything on: the runtime does all of its work, the domain none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.message import Message

from sextant.contracts.examples import EXAMPLES
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.instruments import base_asset
from sextant.runtime.stage import Input, Output, PlainHandler, SideView, StageSpec

BASE = "BTC"
PORTFOLIO = "main"
_ID_FIELDS = {
    "strategies.signals.v1": "signal_id",
    "strategies.intents.v1": "intent_id",
    "risk.decisions.v1": "decision_id",
}
#: Topics whose records are made from an example of theirs.
_PORTFOLIO_TOPICS = frozenset({"strategies.intents.v1", "risk.decisions.v1"})


class PassOn(PlainHandler):
    """Says one message for each record: the validated batch carries the batch, all others are the topic's example."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._example = b"" if target == "market.validated.v1" else example_of(target)
        self._partition_key = PORTFOLIO if target in _PORTFOLIO_TOPICS else BASE

    def handle(self, batch: Sequence[Input], side: SideView) -> Iterable[Output]:
        return [self._said(record) for record in batch]

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        """There is nothing to restore."""

    def _said(self, record: Input) -> Output:
        return Output(
            self._target,
            self._partition_key,
            self._partition_key,
            message_for(self._target, self._example, record),
            record,
            id_field=_ID_FIELDS.get(self._target, ""),
        )


def message_for(target: str, example: bytes, record: Input) -> Message:
    """Return what is said of a record."""
    if target != "market.validated.v1":
        return TOPICS[target].message.FromString(example)
    batch: Any = record.value
    assert base_asset(batch.instrument) == BASE, batch.instrument
    return validated_pb2.ValidatedBatch(
        batch=record.raw, instrument=batch.instrument, event_time_ns=batch.event_time_ns
    )


def example_of(topic: str) -> bytes:
    """Return the bytes of the topic's first example."""
    return next(example.value() for example in EXAMPLES[topic].values() if example.message is not None)


def pass_on(stage: str, source: str, target: str) -> StageSpec:
    """Return the stage that says `target` for whatever it reads from `source`."""
    return StageSpec(name=stage, input=source, make=lambda partition: PassOn(target))
