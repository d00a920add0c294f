"""What holds for any sequence of intents, order events, fills and portfolios, however late they come."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.runtime.stage import Input
from tests.support.stages import Silence, run_split
from tests.unit.services.risk.scenes import BUY, LINEAR, PARTITION, SELL, SPOT, Scene, intent, stage
from tests.unit.services.risk.worlds import FEE, PRICE, World

asks = st.tuples(
    st.just("ask"),
    st.sampled_from([BUY, SELL]),
    st.sampled_from([SPOT, LINEAR]),
    st.sampled_from([0.1, 0.37, 1.0]),
    st.booleans(),
)
works = st.tuples(
    st.just("work"),
    st.integers(0, 4),
    st.sampled_from(["open", "lose", "part", "part", "fill", "cancel", "reject"]),
    st.integers(1, 9),
)
told = st.tuples(st.sampled_from(["tell_order", "tell_fill"]))
books = st.tuples(st.just("book"), st.integers(0, 3))
stories = st.lists(st.one_of(asks, asks, asks, works, works, told, told, books), min_size=8, max_size=50)
quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def play(story: list[tuple[object, ...]]) -> World:
    world = World()
    for name, *arguments in story:
        outcome = getattr(world, str(name))(*arguments)
        if isinstance(outcome, risk_pb2.Decision) and outcome.HasField("approved"):
            check_approval(world, outcome)
        check_always(world)
    return world


def long_story(seed: int, length: int = 400) -> list[tuple[object, ...]]:
    """Return a long story of a busy portfolio: deep states that short ones seldom reach."""
    chance = random.Random(seed)
    kinds = (*("ask",) * 4, *("work",) * 3, *("tell_order", "tell_fill") * 3, "book", "book")
    doings = ("open", "lose", "part", "part", "fill", "fill", "cancel", "reject")
    makers: dict[str, Callable[[], tuple[object, ...]]] = {
        "ask": lambda: (
            chance.choice((BUY, SELL)),
            chance.choice((SPOT, LINEAR)),
            chance.choice((0.0, 0.1, 0.37, 1.0)),
            chance.random() < 0.4,
        ),
        "work": lambda: (chance.randrange(5), chance.choice(doings), chance.randint(1, 9)),
        "book": lambda: (chance.randrange(4),),
    }
    names = [chance.choice(kinds) for _ in range(length)]
    return [(name, *makers.get(name, tuple)()) for name in names]


def check_approval(world: World, decision: risk_pb2.Decision) -> None:
    """What must be true right after an approval, by the venue's own truth."""
    asked = decision.intent
    if asked.is_reduce_only or (asked.instrument == SPOT and asked.side == SELL):
        assert world.reach(asked.instrument, asked.side) <= 0, "an order that may only reduce would flip"
        return
    assert world.reach(asked.instrument, asked.side) * PRICE <= 1_500
    assert sum(worst(world, name) for name in (SPOT, LINEAR)) * PRICE <= 2_000
    assert sum(not order.is_final for order in world.orders) <= 3


def check_always(world: World) -> None:
    buys = sum((o.open for o in world.orders if o.instrument == SPOT and o.side == BUY), Decimal(0))
    assert world.cash - buys * PRICE * FEE >= 0, "more cash promised than there is"
    assert world.reach(SPOT, SELL) <= 0, "more goods promised than there are"


def worst(world: World, name: str) -> Decimal:
    return max(world.reach(name, BUY), world.reach(name, SELL), Decimal(0))


@quick
@given(stories)
def test_exposure_stays_within_limits_and_reducing_never_flips(story: list[tuple[object, ...]]) -> None:
    play(story)


@pytest.mark.parametrize("seed", range(12))
def test_long_stories_stay_within_limits_and_end_with_nothing_reserved(seed: int) -> None:
    world = play(long_story(seed))
    assert len(world.orders) > 20
    world.settle()
    (book,) = json.loads(world.handler.snapshot())["books"].values()
    assert (book["orders"], book["settled"]) == ({}, [])


@quick
@given(stories)
def test_once_everything_is_told_and_booked_nothing_stays_reserved(story: list[tuple[object, ...]]) -> None:
    world = play(story)
    world.settle()
    (book,) = json.loads(world.handler.snapshot())["books"].values()
    assert book["orders"] == {}
    assert book["settled"] == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories, st.data())
def test_cuts_and_snapshots_change_nothing(story: list[tuple[object, ...]], data: st.DataObject) -> None:
    world = play(story)
    steps = world.scene.steps
    places = st.sets(st.integers(0, len(steps)), max_size=8)
    whole = run_split(world.spec, steps, partition=PARTITION)
    cut = run_split(world.spec, steps, data.draw(places), data.draw(places), partition=PARTITION)
    assert cut == whole
    assert whole.state == world.handler.snapshot()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([BUY, SELL]),
    st.sampled_from([SPOT, LINEAR]),
    st.booleans(),
    st.sets(st.sampled_from(["ledger.portfolios.v1", "risk.breakers.v1"]), min_size=1),
)
def test_silence_always_refuses(
    side: values_pb2.Side, name: str, is_reduce_only: bool, topics: set[str]
) -> None:
    scene = Scene().ready(spot="10", linear="5")
    scene.steps.append(Silence(frozenset(topics)))
    scene.intent(intent(side, name, is_reduce_only=is_reduce_only))
    (decision,) = scene.decisions(stage())
    assert decision.refused.code == risk_pb2.REFUSAL_CODE_STALE


def test_the_story_can_be_told_with_every_kind_of_step() -> None:
    """A guard on the generator's world: orders are made, filled, booked and forgotten in it."""
    world = World()
    assert world.ask(BUY, SPOT, 1.0, False).HasField("approved")
    world.work(0, "part", 5)
    world.tell_fill()
    world.book(0)
    world.work(0, "fill", 0)
    world.settle()
    assert world.positions[SPOT] == Decimal("10")
    assert world.ask(SELL, SPOT, 1.0, False).HasField("approved")
    assert sum(isinstance(step, Input) for step in world.scene.steps) == 2
