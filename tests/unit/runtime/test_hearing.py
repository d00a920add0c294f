"""What counts as heard, and when a process finds that it stood still."""

from __future__ import annotations

import pytest

from sextant.bus.port import Record, TopicPartition
from sextant.core.time import MILLISECOND, SECOND, SettableClock
from sextant.runtime.stage import PlainHandler, StageSpec
from sextant.runtime.worker.hearing import Hearing

TOPIC = "risk.breakers.v1"
AT = TopicPartition(TOPIC, 0)
SPEC = StageSpec(
    name="risk",
    input="strategies.intents.v1",
    make=lambda _: PlainHandler(),  # type: ignore[arg-type, return-value]  # nothing is handled here
    sides=(TOPIC,),
    silence_ns={TOPIC: 2 * SECOND},
)


class Ear:
    """A hearing on a clock that the test sets."""

    def __init__(self) -> None:
        self.clock = SettableClock()
        self.clock.advance(1)
        self.hearing = Hearing(SPEC, self.clock)
        self.hearing.was_held()
        self.hear(0)

    def hear(self, offset: int) -> bool:
        """Hear a record; return whether its topic speaks then."""
        self.hearing.hear([Record(TOPIC, 0, offset, b"global", b"", {}, 0)])
        self.hearing.changes()
        return TOPIC not in self.hearing.silent

    def passes(self, ns: int) -> bool:
        """Let time pass without a look; return whether the process finds that it was held."""
        self.clock.advance(ns)
        return self.hearing.was_held()


@pytest.fixture
def ear() -> Ear:
    return Ear()


def test_a_topic_speaks_until_its_bound_has_passed(ear: Ear) -> None:
    for _ in range(20):
        assert not ear.passes(100 * MILLISECOND)
        ear.hearing.changes()
        assert TOPIC not in ear.hearing.silent
    ear.passes(1)
    assert [event.fell_silent for event in ear.hearing.changes()] == [TOPIC]
    assert ear.hear(1)


def test_after_a_hold_only_what_lies_behind_it_is_heard(ear: Ear) -> None:
    assert ear.passes(2 * SECOND)
    assert not ear.hear(1), "nothing is heard before it is known what the log held"
    ear.hearing.read_up([{AT: 5}])
    assert not ear.hear(4)
    assert ear.hear(5)
    assert not ear.passes(100 * MILLISECOND)


def test_a_hold_lasts_until_everything_was_read_up(ear: Ear) -> None:
    assert ear.passes(2 * SECOND)
    assert ear.passes(100 * MILLISECOND), "the first attempt failed"
    ear.hearing.read_up([{AT: 1}])
    assert not ear.passes(100 * MILLISECOND)
    assert ear.hear(1)


def test_reading_up_on_a_busy_machine_is_no_hold_and_a_hold_while_reading_up_is_one(ear: Ear) -> None:
    assert ear.passes(2 * SECOND)
    ear.clock.advance(3 * SECOND)
    ear.hearing.read_up([{AT: 1}])
    assert not ear.passes(100 * MILLISECOND)
    assert ear.passes(2 * SECOND)
    ear.clock.advance(10 * SECOND)
    ear.hearing.read_up([{AT: 2}])
    assert ear.passes(100 * MILLISECOND)
