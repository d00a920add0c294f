"""Waiting, versions of rules, and the clock of a replay."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapters.records import instrument_message
from services.ingest.domain.backoff import Backoff
from services.ingest.domain.recorded_clock import RecordedClock
from services.ingest.domain.rules import RuleBook
from tests.support.binance_feeds import recorded_instrument

SECOND = 1_000_000_000


@given(chances=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=40))
def test_waits_grow_are_capped_and_never_vanish(chances: list[float]) -> None:
    backoff = Backoff(0.25, 30.0)
    for number, chance in enumerate(chances):
        ceiling = min(0.25 * 2**number, 30.0)
        assert ceiling / 10 <= backoff.next(chance) <= ceiling
    backoff.succeeded()
    assert backoff.next(0.999) <= 0.25


def test_a_version_grows_with_a_change_and_with_nothing_else() -> None:
    _, instrument = recorded_instrument("spot_btcusdt")
    rules = RuleBook()
    assert [each.version for each in rules.take([instrument])] == [1]
    assert rules.take([instrument]) == ()
    finer = replace(instrument, tick=Decimal("0.001"))
    assert [each.version for each in rules.take([finer])] == [2]
    assert [each.version for each in rules.take([instrument])] == [3]
    assert rules.of(instrument.name).version == 3


def test_a_restart_goes_on_from_the_published_version() -> None:
    _, instrument = recorded_instrument("spot_btcusdt")
    rules = RuleBook([replace(instrument, version=7)])
    assert rules.take([instrument]) == ()
    assert [each.version for each in rules.take([replace(instrument, is_trading=False)])] == [8]


def test_equal_steps_written_otherwise_are_no_change() -> None:
    _, instrument = recorded_instrument("spot_btcusdt")
    rules = RuleBook([replace(instrument, version=1)])
    assert rules.take([replace(instrument, tick=Decimal("0.010"))]) == ()


def test_a_silent_venue_follows_the_others_a_second_behind() -> None:
    clock = RecordedClock()
    assert clock.for_venue(0) == 0
    clock.saw(100 * SECOND)
    clock.saw(90 * SECOND)
    assert clock.for_venue(100 * SECOND) == 100 * SECOND
    assert clock.for_venue(50 * SECOND) == 99 * SECOND


def test_rules_are_written_in_fixed_notation() -> None:
    _, instrument = recorded_instrument("spot_btcusdt")
    message = instrument_message(replace(instrument, lot=Decimal("1E-8"), version=2), 5 * SECOND)
    assert (message.lot.value, message.version, message.read_time.seconds) == ("0.00000001", 2, 5)
