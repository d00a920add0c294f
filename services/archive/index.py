"""The index from orders to positions: what the archive reads anyway says where the records of each order lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from google.protobuf.message import DecodeError

from services.archive.domain.places import Place, Places
from sextant.bus.port import Outgoing, Producer, Record
from sextant.contracts.archive.v1 import places_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.places import PLACES, order_named, places_partition
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.identity import Identity, Root
from sextant.core.time import Clock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import headers_of

#: Orders in one record of the index at most.
_ORDERS: Final = 500


class OrderIndex:
    """Gathers positions and publishes them. Publishing the same position twice changes nothing for whoever reads."""

    def __init__(self, producer: Producer, clock: Clock) -> None:
        self._producer = producer
        self._places = Places()
        # A record's identity need not be the same after a restart: what it says is a set.
        self._epoch, self._count = clock.wall_ns(), 0

    def see(self, records: Iterable[Record]) -> None:
        """Take records of any topic; those of orders are remembered."""
        for record in records:
            of = _ORDER_OF.get(record.topic)
            if of is None:
                continue
            try:
                order = of(record)
            except DecodeError:
                continue  # whoever owns the topic's rules halts at it; the archive keeps it as it is
            if order:
                self._places.add(places_partition(order), order, record.position)

    async def publish(self) -> None:
        """Append what was gathered to the index. Raises OutputLost."""
        records = [
            self._record(bucket, part)
            for bucket, orders in self._places.take().items()
            for part in _parts(orders)
        ]
        if records:
            await self._producer.send(records)

    def _record(self, bucket: int, orders: Mapping[str, Sequence[Place]]) -> Outgoing:
        message = places_pb2.OrderPlaces()
        for order, places in orders.items():
            added = message.orders.add(client_order_id=order)
            for topic, partition, offset in places:
                added.positions.add(topic=topic, partition=partition, offset=offset)
        self._count += 1
        identity = Identity(Root(f"{PLACES}/{bucket}", self._epoch, self._count))
        headers = headers_of(TOPICS[PLACES], identity, Lineage())
        return Outgoing(PLACES, bucket, str(bucket).encode(), message.SerializeToString(), headers)


def _parts(orders: Mapping[str, list[Place]]) -> Iterable[Mapping[str, list[Place]]]:
    names = list(orders)
    for start in range(0, len(names), _ORDERS):
        yield {name: orders[name] for name in names[start : start + _ORDERS]}


def _of_decision(record: Record) -> str:
    decision = risk_pb2.Decision.FromString(record.value or b"")
    return decision.approved.client_order_id or _of_intent_id(decision.intent.intent_id)


def _of_intent_id(intent_id: str) -> str:
    return order_named(intent_id) if intent_id else ""


#: The order that a record of a topic tells of; empty where there is none.
_ORDER_OF: Final[dict[str, Callable[[Record], str]]] = {
    "strategies.intents.v1": lambda record: _of_intent_id(
        intents_pb2.Intent.FromString(record.value or b"").intent_id
    ),
    "risk.decisions.v1": _of_decision,
    "execution.orders.v1": lambda record: record.key.decode("utf-8", "replace"),
    "execution.fills.v1": lambda record: execution_pb2.Fill.FromString(record.value or b"").client_order_id,
    "ledger.entries.v1": lambda record: ledger_pb2.Entry.FromString(record.value or b"").client_order_id,
}
