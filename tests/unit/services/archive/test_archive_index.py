"""The index from orders to positions: whatever tells of an order is in it, however reading was cut, and nothing else."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.archive.index import OrderIndex
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Position, Record
from sextant.contracts.archive.v1 import places_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.places import PLACES, order_named, places_partition
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.core.identity import client_order_id
from sextant.core.time import SettableClock
from sextant.runtime.stamp import open_record

INTENT_IDS = [f"{number:032x}" for number in range(5)]
_KINDS = ("intent", "approved", "refused", "order", "fill", "entry", "other", "broken")


def record(kind: str, number: int, offset: int) -> tuple[Record, str]:
    """Return a record and the order that it tells of."""
    intent_id = INTENT_IDS[number]
    order = client_order_id(intent_id)
    intent = intents_pb2.Intent(intent_id=intent_id)
    topic, key, value = {
        "intent": ("strategies.intents.v1", "main", intent.SerializeToString()),
        "approved": (
            "risk.decisions.v1",
            "main",
            risk_pb2.Decision(
                intent=intent, approved=risk_pb2.Approved(client_order_id=order)
            ).SerializeToString(),
        ),
        "refused": (
            "risk.decisions.v1",
            "main",
            risk_pb2.Decision(intent=intent, refused=risk_pb2.Refused()).SerializeToString(),
        ),
        "order": ("execution.orders.v1", order, b""),
        "fill": ("execution.fills.v1", "f", execution_pb2.Fill(client_order_id=order).SerializeToString()),
        "entry": ("ledger.entries.v1", "main", ledger_pb2.Entry(client_order_id=order).SerializeToString()),
        "other": ("market.events.v1", order, order.encode()),
        "broken": ("ledger.entries.v1", "main", b"\xff"),
    }[kind]
    told = "" if kind in ("other", "broken") else order
    return Record(topic, 3, offset, key.encode(), value, {}, 0), told


async def published(batches: list[list[Record]]) -> dict[str, set[Position]]:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    index = OrderIndex(bus.producer(), SettableClock(1))
    for batch in batches:
        index.see(batch)
        await index.publish()
    found: dict[str, set[Position]] = {}
    for at in await bus.end_offsets(PLACES):
        for each in await bus.read(at):
            message: places_pb2.OrderPlaces = open_record(each).value
            for place in message.orders:
                assert places_partition(place.client_order_id) == at.partition
                places = {Position(one.topic, one.partition, one.offset) for one in place.positions}
                found.setdefault(place.client_order_id, set()).update(places)
    return found


@given(
    st.lists(st.tuples(st.sampled_from(_KINDS), st.integers(0, 4)), max_size=30),
    st.lists(st.integers(0, 30), max_size=4),
)
def test_the_index_holds_every_place_of_every_order(told: list[tuple[str, int]], cuts: list[int]) -> None:
    records = [record(kind, number, offset) for offset, (kind, number) in enumerate(told)]
    expected: dict[str, set[Position]] = {}
    for each, order in records:
        if order:
            expected.setdefault(order, set()).add(each.position)
    edges = [0, *sorted(min(cut, len(records)) for cut in cuts), len(records)]
    batches = [[each for each, _ in records[start:end]] for start, end in pairwise(edges)]
    assert asyncio.run(published(batches)) == expected


def test_an_order_is_named_by_its_intent_too() -> None:
    assert order_named(INTENT_IDS[1]) == client_order_id(INTENT_IDS[1])
    assert order_named("sxtfgfncgcw6g5qusw") == "sxtfgfncgcw6g5qusw"
