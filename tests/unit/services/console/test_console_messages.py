"""What goes over the operator API comes out as it went in: a screen elsewhere shows what the screen here shows."""

from __future__ import annotations

import pytest

from services.console.domain.changes import Change
from services.console.domain.orders import STATES
from services.console.domain.picture import Picture
from services.console.domain.screen import build_screen, status_line
from services.console.domain.summary import MOST_WORKING, summarise
from services.console.messages import change_message, picture_message
from services.console.received import summary_of
from services.console.state import Reader
from sextant.contracts.examples import EXAMPLES
from sextant.contracts.examples.risk import approved
from sextant.contracts.examples.values import ORDER_ID
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.operator.v1 import picture_pb2
from sextant.contracts.words import name_of, number_of
from tests.unit.services.console.story import NOW, STARTED, example, new_reader, record, told


def over_the_wire(picture: Picture) -> picture_pb2.Picture:
    return picture_pb2.Picture.FromString(picture_message(summarise(picture, NOW)).SerializeToString())


@pytest.mark.parametrize("picture", [told(), Picture("paper", ("alpha",), STARTED)], ids=["told", "empty"])
def test_a_picture_comes_back_as_it_was(picture: Picture) -> None:
    summary = summarise(picture, NOW)
    received = summary_of(over_the_wire(picture))
    assert received == summary
    assert build_screen(received) == build_screen(summary)
    assert status_line(received) == status_line(summary)


def test_every_example_of_every_topic_comes_back_too() -> None:
    reader = new_reader()
    for topic in reader._readers:
        reader.take([example(topic, name) for name in EXAMPLES[topic]], NOW)
    assert summary_of(over_the_wire(reader.picture)) == summarise(reader.picture, NOW)


def test_exact_numbers_stay_exact() -> None:
    picture = over_the_wire(told())
    (order,) = picture.working_orders
    assert (order.order_id, order.quantity.value) == (ORDER_ID, "0.02380")
    assert order.filled_quantity.value == "0"
    assert [each.amount.value for each in picture.portfolios[0].balances] == ["0.02380", "98999.38848810"]


def test_words_of_a_later_version_pass_by_their_number() -> None:
    reader = new_reader()
    decision = approved()
    decision.refused.code = 99  # type: ignore[assignment]  # the wire may carry what this code does not know
    reader.take([record("risk.decisions.v1", "main", decision)], NOW)
    (refusal,) = over_the_wire(reader.picture).refusals
    assert refusal.code == 99
    assert summary_of(over_the_wire(reader.picture)).refused == (("#99", 1),)


@pytest.mark.parametrize("state", STATES)
def test_states_have_the_numbers_of_the_wire(state: str) -> None:
    number = number_of(execution_pb2.OrderState, state, "ORDER_STATE_")
    assert number
    assert name_of(execution_pb2.OrderState, number, "ORDER_STATE_") == state


def test_of_very_many_working_orders_the_answer_holds_some_and_counts_all() -> None:
    reader = new_reader()
    for number in range(MOST_WORKING + 50):
        event = execution_pb2.OrderEvent(client_order_id=f"order-{number}", revision=1)
        event.state = execution_pb2.ORDER_STATE_OPEN
        reader.take([record("execution.orders.v1", event.client_order_id, event)], NOW)
    picture = over_the_wire(reader.picture)
    assert len(picture.working_orders) == MOST_WORKING
    counts = {each.state: each.count for each in picture.order_counts}
    assert counts[execution_pb2.ORDER_STATE_OPEN] == MOST_WORKING + 50


def announced(*stories: tuple[str, str]) -> list[Change]:
    changes: list[Change] = []
    reader = Reader(Picture("sim", ("alpha",), STARTED), changes.append)
    for topic, name in stories:
        reader.take([example(topic, name)], NOW)
    return changes


def test_each_change_is_announced_once_under_its_own_name() -> None:
    changes = announced(
        ("execution.orders.v1", "pending"),
        ("execution.orders.v1", "pending"),
        ("execution.orders.v1", "open"),
        ("execution.fills.v1", "taker"),
        ("execution.fills.v1", "taker"),
        ("risk.breakers.v1", "closed"),
        ("risk.breakers.v1", "closed"),
        ("risk.decisions.v1", "approved"),
        ("risk.decisions.v1", "refused"),
        ("market.anomalies.v1", next(iter(EXAMPLES["market.anomalies.v1"]))),
    )
    kinds = [change_message(change).WhichOneof("change") for change in changes]
    assert kinds == ["order", "order", "fill", "breaker", "refusal", "anomaly"]


def test_orders_from_before_are_counted_and_neither_announced_nor_timed() -> None:
    changes: list[Change] = []
    reader = Reader(Picture("sim", ("alpha",), STARTED), changes.append)
    reader.recall([example("execution.orders.v1", name) for name in ("pending", "open")])
    reader.take([example("execution.orders.v1", "pending")], NOW)
    assert not changes
    assert reader.picture.orders.counts()["OPEN"] == 1
    assert reader.picture.tick_to_order.percentiles(NOW) is None
