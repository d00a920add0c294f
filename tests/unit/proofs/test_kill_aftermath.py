"""Epochs of writers in the log: a writer that was replaced and writes on is found, a redelivered record is not mistaken for one."""

from __future__ import annotations

from proofs.faults.aftermath import epoch_problems
from sextant.bus.port import Record
from sextant.contracts.execution.v1 import execution_pb2
from sextant.core.identity import Identity, Root
from sextant.core.time import SystemClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import Stamper

ORDERS = "execution.orders.v1"


def event(sequence: int, epoch: int, offset: int, portfolio: str = "main") -> Record:
    """Return the record of journal entry `sequence`, written in an epoch, at an offset of the log."""
    message = execution_pb2.OrderEvent(
        client_order_id=f"order-{sequence}", portfolio=portfolio, revision=1, writer_epoch=epoch
    )
    identity = Identity(Root("execution.journal/3", 0, sequence))
    out = Stamper("execution", "0", "local", SystemClock()).outgoing(
        ORDERS, message.client_order_id, "main", message, identity, Lineage()
    )
    return Record(out.topic, out.partition, offset, out.key, out.value, out.headers, 0)


def test_epochs_that_only_grow_are_well() -> None:
    assert not list(epoch_problems([event(0, 1, 0), event(1, 1, 1), event(2, 3, 2)]))


def test_a_replaced_writer_that_writes_on_is_found() -> None:
    (problem,) = epoch_problems([event(0, 1, 0), event(1, 2, 1), event(2, 1, 2)])
    assert problem == "order-2: revision 1 by writer 1 after writer 2"


def test_what_a_new_writer_publishes_again_is_no_problem() -> None:
    assert not list(epoch_problems([event(0, 1, 0), event(1, 2, 1), event(0, 1, 2), event(1, 2, 3)]))


def test_portfolios_have_epochs_of_their_own() -> None:
    assert not list(epoch_problems([event(0, 5, 0), event(1, 1, 1, portfolio="other")]))
