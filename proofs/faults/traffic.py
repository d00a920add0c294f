"""Watching for an order on its way, so that a blow falls on work in hand and not on an idle platform."""

from __future__ import annotations

import asyncio
from typing import Final

from sextant.bus.kafka import KafkaBus
from sextant.bus.port import Record
from sextant.contracts.execution.v1 import execution_pb2

_ORDERS: Final = "execution.orders.v1"


def await_call(bootstrap: str, *, seconds: float) -> bool:
    """Wait until execution is about to call a venue; False when it did not in time. Raises BusUnavailable."""
    return asyncio.run(_next_call(bootstrap, seconds))


def _is_pending(record: Record) -> bool:
    event = execution_pb2.OrderEvent.FromString(record.value or b"")
    return event.state == execution_pb2.ORDER_STATE_PENDING


async def _next_call(bootstrap: str, seconds: float) -> bool:
    bus = KafkaBus(bootstrap, client_id="sextant-proof")
    await bus.start()
    try:
        consumer = await bus.broadcast([_ORDERS], from_end=True)
        deadline = asyncio.get_running_loop().time() + seconds
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            records = await consumer.poll(max_records=100, timeout_s=min(left, 0.5))
            if any(_is_pending(record) for record in records):
                return True
        return False
    finally:
        await bus.stop()
