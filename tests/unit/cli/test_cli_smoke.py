"""A smoke test is passed by an order that began while it looked, was filled, and stands in the books with every fill."""

from __future__ import annotations

from itertools import permutations

from google.protobuf.message import Message

from sextant.bus.port import Record
from sextant.cli.smoke import ENTRIES, FILLS, ORDERS, Watch
from sextant.contracts.common.v1.values_pb2 import Decimal as Exact
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2


def _record(topic: str, message: Message) -> Record:
    return Record(topic, 0, 0, b"", message.SerializeToString(), {}, 0)


def _event(revision: int, state: execution_pb2.OrderState, filled: str = "0") -> Record:
    event = execution_pb2.OrderEvent(
        client_order_id="a", revision=revision, state=state, filled_quantity=Exact(value=filled)
    )
    return _record(ORDERS, event)


def _fill(number: str, quantity: str) -> Record:
    fill = execution_pb2.Fill(fill_id=number, client_order_id="a", quantity=Exact(value=quantity))
    return _record(FILLS, fill)


def _entry(source: str) -> Record:
    return _record(ENTRIES, ledger_pb2.Entry(client_order_id="a", source_id=source))


PLACED = _event(1, execution_pb2.ORDER_STATE_PENDING)
FILLED = _event(3, execution_pb2.ORDER_STATE_FILLED, "3")


def test_an_order_is_booked_by_its_last_part_whatever_order_topics_are_read_in() -> None:
    parts = [PLACED, FILLED, _fill("f1", "1"), _fill("f2", "2"), _entry("f1"), _entry("f2")]
    for order in permutations(parts):
        watch = Watch()
        answers = [watch.take(part) for part in order]
        assert answers[:-1] == [None] * 5
        assert answers[-1] is not None
        assert answers[-1].order == "a"


def test_an_order_from_before_proves_nothing() -> None:
    watch = Watch()
    assert [watch.take(part) for part in (FILLED, _fill("f1", "3"), _entry("f1"))] == [None] * 3
    assert watch.said() == "0 orders placed, 0 of them filled, none booked"


def test_a_fill_without_its_entry_is_not_booked_and_is_told() -> None:
    watch = Watch()
    parts = (PLACED, FILLED, _fill("f1", "1"), _fill("f2", "2"), _entry("f2"))
    assert [watch.take(part) for part in parts] == [None] * 5
    assert watch.said() == "1 orders placed, 1 of them filled, none booked"


def test_deposits_are_no_orders() -> None:
    watch = Watch()
    assert watch.take(_record(ENTRIES, ledger_pb2.Entry(source_id="deposit"))) is None
    assert not watch.trades
