"""What stays reserved, until when."""

from __future__ import annotations

import json
from typing import Any

from sextant.contracts.execution.v1 import execution_pb2 as e
from sextant.core.identity import client_order_id
from sextant.core.partitions import portfolio_partition
from tests.support.stages import run_split
from tests.unit.services.risk.scenes import (
    PARTITION,
    SELL,
    Scene,
    fill_event,
    intent,
    order_event,
    portfolio,
    stage,
)

ORDER = client_order_id("intent-1")


def remembered(scene: Scene) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(scene.run().state)["books"]["main"]
    return document


def approved_once() -> Scene:
    scene = Scene().ready()
    scene.intent(intent())
    return scene


def test_an_approval_without_any_order_event_stays_reserved_whatever_time_passes() -> None:
    scene = approved_once()
    scene.side("ledger.portfolios.v1", "main", portfolio(version=2))
    scene.intent(intent(number=2, at_s=100_000, strength=0.0))
    assert list(remembered(scene)["orders"]) == [ORDER]


def test_an_order_that_was_never_sent_is_released_at_once() -> None:
    scene = approved_once()
    scene.order(order_event(ORDER, 1, e.ORDER_STATE_NOT_SENT))
    assert remembered(scene)["orders"] == {}


def test_an_unknown_order_counts_as_wholly_open() -> None:
    scene = Scene().ready(spot="10")
    scene.intent(intent(SELL, number=1, strength=0.0))
    scene.order(order_event(ORDER, 1, e.ORDER_STATE_UNKNOWN, side=SELL, quantity="10"))
    scene.intent(intent(SELL, number=2, strength=0.0))
    first, second = scene.decisions()
    assert first.HasField("approved")
    assert second.checks[-1].value == "0"  # nothing left to reduce


def test_a_filled_order_is_released_when_the_ledger_has_booked_its_fill() -> None:
    scene = approved_once()
    scene.order(order_event(ORDER, 1, e.ORDER_STATE_FILLED, filled="9.99"))
    offset = scene.fill(fill_event("f", ORDER, "9.99"))
    scene.side("ledger.portfolios.v1", "main", portfolio(version=2, applied=offset - 1))
    assert list(remembered(scene)["orders"]) == [ORDER]
    scene.side("ledger.portfolios.v1", "main", portfolio("9.99", version=3, applied=offset))
    assert remembered(scene)["orders"] == {}


def test_a_fill_that_the_ledger_booked_before_risk_heard_of_it_counts_once() -> None:
    scene = approved_once()
    scene.side("ledger.portfolios.v1", "main", portfolio("9.99", version=2, applied=0))
    scene.order(order_event(ORDER, 1, e.ORDER_STATE_FILLED, filled="9.99"))
    assert list(remembered(scene)["orders"]) == [ORDER]
    assert scene.fill(fill_event("f", ORDER, "9.99")) == 0
    assert remembered(scene)["orders"] == {}


def test_a_fill_told_twice_counts_once() -> None:
    scene = approved_once()
    scene.fill(fill_event("f", ORDER, "4"))
    scene.fill(fill_event("f", ORDER, "4"))
    scene.side("ledger.portfolios.v1", "main", portfolio("4", version=2, applied=0))
    scene.order(order_event(ORDER, 1, e.ORDER_STATE_CANCELLED, filled="4"))
    assert remembered(scene)["orders"] == {}


def test_an_older_revision_changes_nothing() -> None:
    scene = approved_once()
    scene.order(order_event(ORDER, 2, e.ORDER_STATE_PARTIALLY_FILLED, filled="4"))
    scene.order(order_event(ORDER, 1, e.ORDER_STATE_CANCELLED))
    assert list(remembered(scene)["orders"]) == [ORDER]


def test_an_operators_order_without_a_limit_counts_too() -> None:
    scene = Scene().ready(spot="10")
    order = order_event("flat-1", 1, e.ORDER_STATE_PENDING, side=SELL, quantity="10", price="")
    scene.order(order)
    scene.intent(intent(SELL))
    (decision,) = scene.decisions()
    assert decision.HasField("refused")
    assert decision.checks[-1].limit == "a position to reduce"


def test_an_intent_that_is_answered_again_after_its_order_ended_reserves_nothing() -> None:
    """Risk died between its approval and its commit: the order's whole life comes from the side before the intent comes again."""
    scene = Scene().ready()
    scene.order(order_event(ORDER, 1, e.ORDER_STATE_PENDING))
    scene.order(order_event(ORDER, 2, e.ORDER_STATE_FILLED, filled="9.99"))
    offset = scene.fill(fill_event("f", ORDER, "9.99"))
    scene.side("ledger.portfolios.v1", "main", portfolio("9.99", version=2, applied=offset))
    assert remembered(scene) | {"trial": 0} == {
        "orders": {},
        "settled": [ORDER],
        "version": 2,
        "trial": 0,
    }
    scene.intent(intent())
    assert (remembered(scene)["orders"], remembered(scene)["settled"]) == ({}, [])


def test_an_intent_that_is_answered_again_while_its_order_lives_reserves_it_once() -> None:
    scene = Scene().ready()
    scene.order(order_event(ORDER, 1, e.ORDER_STATE_OPEN, quantity="7"))
    scene.intent(intent())
    order = remembered(scene)["orders"][ORDER]
    assert "7" in order
    scene.order(order_event(ORDER, 2, e.ORDER_STATE_CANCELLED, quantity="7"))
    assert remembered(scene)["orders"] == {}


def test_another_partition_passes_over_our_orders() -> None:
    scene = Scene()
    scene.order(order_event(ORDER, 1, e.ORDER_STATE_OPEN))
    other = (PARTITION + 1) % 12
    assert portfolio_partition("main") != other
    assert json.loads(run_split(stage(), scene.steps, partition=other).state)["books"] == {}
