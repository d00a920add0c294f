"""What the order state machine promises for every order of events."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.execution.domain.events import (
    Ask,
    Cancel,
    CheckGate,
    Closed,
    Contradiction,
    Doubted,
    Event,
    GateClosed,
    GateOpened,
    Lost,
    NoAnswer,
    NotKnown,
    Place,
    Refused,
    Reported,
)
from services.execution.domain.machine import Rules, apply, begin
from services.execution.domain.order import Fill, Order, State, Terms
from sextant.core.instruments import Side
from sextant.core.time import SECOND

RULES = Rules(horizon_ns=10 * SECOND)
TERMS = Terms(
    client_order_id="sx1",
    portfolio="main",
    venue_account="alpha-main",
    instrument="alpha:BTC/USDT",
    symbol="BTCUSDT",
    side=Side.BUY,
    quantity=Decimal(10),
    limit_price=Decimal(100),
    time_in_force=2,
    valid_until_ns=5,
    is_reduce_only=False,
    breaker_epoch=1,
    decision_id="d1",
)


def fill(number: int, quantity: Decimal) -> Fill:
    return Fill(f"alpha-main/BTCUSDT/{number}", quantity, Decimal(100), Decimal(0), "BTC", False, number)


def calling() -> Order:
    order = begin(TERMS, GateOpened(1)).order
    return apply(order, GateOpened(1), RULES).order


def run(order: Order, events: list[Event]) -> Order:
    for event in events:
        order = apply(order, event, RULES).order
    return order


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """What a venue may state of one order: each trade with its fill, an end, replies that repeat the fills."""
    parts = draw(st.lists(st.integers(1, 4), max_size=5))
    events: list[Event] = [Reported(State.OPEN, Decimal(0), "77")]
    fills: list[Fill] = []
    total = Decimal(0)
    for number, part in enumerate(parts):
        if total + part > TERMS.quantity:
            break
        total += part
        fills.append(fill(number, Decimal(part)))
        status = State.FILLED if total == TERMS.quantity else State.PARTIALLY_FILLED
        events.append(Reported(status, total, "77", fills=(fills[-1],), exchange_time_ns=number))
    if total < TERMS.quantity:
        events.append(Reported(State.CANCELLED, total, "77", reason="UNFILLED_IOC"))
    if draw(st.booleans()):
        end = State.FILLED if total == TERMS.quantity else State.CANCELLED
        events.append(Reported(end, total, "77", fills=tuple(fills)))
    return events


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(GateOpened, st.integers(1, 9)),
    st.builds(GateClosed, st.integers(1, 9), st.just("expired")),
    st.builds(Refused, st.just("no")),
    st.builds(Lost, st.integers(0, 60).map(lambda s: s * SECOND), st.just("timeout")),
    st.builds(Doubted, st.integers(0, 60).map(lambda s: s * SECOND), st.just("restart")),
    st.builds(NotKnown, st.integers(0, 60).map(lambda s: s * SECOND)),
    st.builds(NoAnswer, st.just("down")),
    st.builds(
        Reported,
        st.sampled_from([State.OPEN, State.PARTIALLY_FILLED, State.FILLED, State.CANCELLED, State.REJECTED]),
        st.integers(0, 10).map(Decimal),
        fills=st.lists(st.integers(1, 12).map(lambda n: fill(n, Decimal(n))), max_size=2).map(tuple),
    ),
)


@given(history=histories(), data=st.data())
def test_reports_of_one_history_end_in_one_state_in_any_order_and_however_often(
    history: list[Event], data: st.DataObject
) -> None:
    repeated = [*history, *data.draw(st.lists(st.sampled_from(history), max_size=4))]
    shuffled = data.draw(st.permutations(repeated))
    one, other = run(calling(), history), run(calling(), shuffled)
    assert one.state.is_final
    assert (one.state, one.filled, one.fills, one.venue_order_id) == (
        other.state,
        other.filled,
        other.fills,
        other.venue_order_id,
    )


@given(history=histories())
def test_a_duplicate_report_says_nothing(history: list[Event]) -> None:
    order = calling()
    for event in history:
        order = apply(order, event, RULES).order
        again = apply(order, event, RULES)
        assert not again.is_revised
        assert not again.fills
        assert (again.order.state, again.order.revision) == (order.state, order.revision)


@given(events=st.lists(EVENTS, max_size=25))
def test_filled_never_exceeds_ordered_final_stays_final_and_revisions_have_no_holes(
    events: list[Event],
) -> None:
    order = begin(TERMS, GateOpened(1)).order
    for event in events:
        try:
            step = apply(order, event, RULES)
        except Contradiction:
            continue
        assert step.order.filled == sum(step.order.fills.values()) <= TERMS.quantity
        assert not order.state.is_final or step.order.state is order.state
        assert step.order.revision == order.revision + step.is_revised
        assert step.is_revised or step.order.state is order.state
        assert step.is_revised or not step.fills
        order = step.order


@given(events=st.lists(EVENTS, max_size=40))
def test_nothing_is_placed_again_before_the_venue_denied_it_over_the_whole_horizon(
    events: list[Event],
) -> None:
    order = begin(TERMS, GateOpened(1)).order
    has_been_placed, denials, lost_at = False, 0, 0
    for event in events:
        was = order
        try:
            step = apply(order, event, RULES)
        except Contradiction:
            continue
        order = step.order
        if isinstance(event, Lost | Doubted) and order.asking_since_ns == event.now_ns and order.asked == 0:
            denials, lost_at = (denials, lost_at) if was == order else (0, event.now_ns)
        if isinstance(event, NotKnown):
            denials += 1
        if any(isinstance(command, CheckGate) for command in step.commands):
            assert isinstance(event, NotKnown)
            assert denials >= 3
            assert event.now_ns - lost_at >= RULES.horizon_ns
        if any(isinstance(command, Place) for command in step.commands):
            assert isinstance(event, GateOpened)
            assert not has_been_placed or denials >= 3
            assert not order.is_acknowledged
            has_been_placed, denials = True, 0


def test_a_lost_reply_is_asked_for_and_never_a_rejection() -> None:
    step = apply(calling(), Lost(0, "timeout"), RULES)
    assert step.order.state is State.UNKNOWN
    assert [type(command) for command in step.commands] == [Ask]


def test_not_known_right_after_placement_means_not_yet_known() -> None:
    order = apply(calling(), Lost(0, "timeout"), RULES).order
    for now in (1, 2, 3, 9):
        step = apply(order, NotKnown(now * SECOND), RULES)
        assert [type(command) for command in step.commands] == [Ask]
        order = step.order
    step = apply(order, NotKnown(10 * SECOND), RULES)
    assert step.commands == (CheckGate(),)
    ended = apply(step.order, GateClosed(9, "approval expired", Closed.EXPIRED), RULES)
    assert ended.order.state is State.NOT_SENT
    assert ended.order.reason == "approval expired"


def test_an_operators_order_that_the_venue_never_received_ends_and_is_not_sent_again() -> None:
    order = begin(replace(TERMS, decision_id=""), GateOpened(1)).order
    order = run(order, [GateOpened(1), Lost(0, "timeout"), NotKnown(1), NotKnown(2)])
    step = apply(order, NotKnown(10 * SECOND), RULES)
    assert (step.order.state, step.is_revised, step.commands) == (State.NOT_SENT, True, ())


def test_an_end_waits_for_the_fills_that_the_venue_spoke_of() -> None:
    step = apply(calling(), Reported(State.CANCELLED, Decimal(4), "7"), RULES)
    assert step.order.state is State.OPEN
    assert [type(command) for command in step.commands] == [Ask]
    done = apply(step.order, Reported(State.CANCELLED, Decimal(4), "7", fills=(fill(1, Decimal(4)),)), RULES)
    assert done.order.state is State.CANCELLED
    assert done.order.filled == 4


def test_a_late_fill_of_a_final_order_is_still_a_fact() -> None:
    order = apply(calling(), Refused("no"), RULES).order
    step = apply(
        order, Reported(State.PARTIALLY_FILLED, Decimal(4), "7", fills=(fill(1, Decimal(4)),)), RULES
    )
    assert step.order.state is State.REJECTED
    assert step.fills == (fill(1, Decimal(4)),)
    assert step.commands == (Cancel(),)


def test_more_filled_than_ordered_is_a_contradiction() -> None:
    with pytest.raises(Contradiction, match="filled 11 of 10 ordered"):
        apply(calling(), Reported(State.FILLED, Decimal(11), "7"), RULES)


def test_an_acknowledged_order_that_the_venue_denies_becomes_unknown_and_is_never_placed_again() -> None:
    order = apply(calling(), Reported(State.OPEN, Decimal(0), "7"), RULES).order
    order = apply(order, Doubted(0, "reconnect"), RULES).order
    for number in range(20):
        step = apply(order, NotKnown(number * 10 * SECOND), RULES)
        assert [type(command) for command in step.commands] == [Ask]
        order = step.order
    assert order.state is State.UNKNOWN


def test_a_closed_gate_ends_an_order_that_was_never_sent() -> None:
    step = begin(TERMS, GateClosed(3, "breaker open", Closed.BREAKER))
    assert (step.order.state, step.order.gate_time_ns, step.commands) == (State.NOT_SENT, 3, ())
    assert replace(step.order, revision=1) == step.order
