"""Fills that open well and cannot be booked: their partition halts, and the ledger goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.ledger.adapters.memory import MemoryLedgerStore
from sextant.bus.port import Outgoing
from sextant.contracts.execution.v1 import execution_pb2
from tests.support.ledger import FILLS, fill, fills_said, new_log, running, until


def without_side(message: execution_pb2.Fill) -> None:
    message.ClearField("side")


def too_long_to_be_exact(message: execution_pb2.Fill) -> None:
    message.quantity.value = message.price.value = "0." + "9" * 60


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (without_side, "side: expected one of BUY (1), SELL (2)"),
        (too_long_to_be_exact, "amounts: expected numbers that can be reckoned with exactly"),
    ],
)
async def test_a_fill_that_cannot_be_booked_halts_its_partition(
    spoil: Callable[[execution_pb2.Fill], None], reason: str
) -> None:
    log, store = new_log(), MemoryLedgerStore()
    async with running(log, store) as run:
        await until(lambda: run.health.is_ready, run)
        log.append([fill(1), spoilt(fill(2), spoil), fill(3)])
        await until(lambda: not run.health.is_ready, run)
        halted = run.health.report()[1]["checks"][f"partition/{FILLS.partition}"]["detail"]
        assert halted.startswith(f"halted at offset 1: {reason}")
        await until(lambda: bool(fills_said(log)), run)
        assert list(fills_said(log)) == ["alpha-main/BTCUSDT/1"], "what comes before it is booked"
        await until(lambda: log.group("ledger").committed(FILLS) == 1, run)


def spoilt(record: Outgoing, spoil: Callable[[execution_pb2.Fill], None]) -> Outgoing:
    message = execution_pb2.Fill.FromString(record.value or b"")
    spoil(message)
    return replace(record, value=message.SerializeToString())
