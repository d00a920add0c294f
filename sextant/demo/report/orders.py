"""What execution and the ledger published: orders, fills, entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sextant.bus.port import Bus
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.demo.report.reading import Sieve, messages

ORDERS, FILLS, ENTRIES = "execution.orders.v1", "execution.fills.v1", "ledger.entries.v1"
_STATE_PREFIX = "ORDER_STATE_"
FINAL = frozenset({"FILLED", "CANCELLED", "REJECTED", "NOT_SENT"})
#: States that only a venue's word leads to: it has acknowledged the order or filled it.
TAKEN = frozenset({"OPEN", "PARTIALLY_FILLED", "FILLED"})
#: Final states of orders that the venue need not know.
NEVER_THERE = frozenset({"REJECTED", "NOT_SENT"})


@dataclass(slots=True)
class OrderFacts:
    """By client order id: all events in the order of the log. By fill id and entry id: all records that consumers apply."""

    events: dict[str, list[execution_pb2.OrderEvent]] = field(default_factory=dict)
    fills: dict[str, list[execution_pb2.Fill]] = field(default_factory=dict)
    entries: dict[str, list[ledger_pb2.Entry]] = field(default_factory=dict)
    order_problems: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)

    def newest(self) -> Mapping[str, execution_pb2.OrderEvent]:
        """Return the event of the highest revision of each order."""
        return {name: max(events, key=lambda event: event.revision) for name, events in self.events.items()}

    def fills_of(self) -> Mapping[str, list[execution_pb2.Fill]]:
        """Return the distinct fills of each order that has any."""
        found: dict[str, list[execution_pb2.Fill]] = {}
        for _, (fill, *_) in sorted(self.fills.items()):
            found.setdefault(fill.client_order_id, []).append(fill)
        return found


async def read_orders(bus: Bus) -> OrderFacts:
    """Read orders, fills and entries whole."""
    facts = OrderFacts()
    sieves = tuple(Sieve(topic, compares=True) for topic in (ORDERS, FILLS, ENTRIES))
    async for _, _, event in messages(bus, sieves[0], execution_pb2.OrderEvent):
        facts.events.setdefault(event.client_order_id, []).append(event)
    async for _, _, fill in messages(bus, sieves[1], execution_pb2.Fill):
        facts.fills.setdefault(fill.fill_id, []).append(fill)
    async for _, _, entry in messages(bus, sieves[2], ledger_pb2.Entry):
        facts.entries.setdefault(entry.entry_id, []).append(entry)
    for sieve in sieves:
        facts.order_problems += sieve.problems
        facts.contradictions += sieve.contradictions
    return facts


def state_of(event: execution_pb2.OrderEvent) -> str:
    """Return the state's name, such as "FILLED"."""
    return execution_pb2.OrderState.Name(event.state).removeprefix(_STATE_PREFIX)
