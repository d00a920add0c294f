"""What the log of a run says about the faults: records that were delivered again, and epochs of writers that never go back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from proofs.faults.doubled import CANDLES, doubled_candles
from sextant.bus.port import Bus, Record
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.topics import TOPICS
from sextant.demo.report.orders import ORDERS
from sextant.demo.report.reading import Sieve, whole_topic
from sextant.runtime.stamp import identity_of

#: Topics of the line behind ingest, whose records begin at a position of the log.
LINE: Final = (
    *("market.validated.v1", "features.vectors.v1", "strategies.signals.v1", "strategies.intents.v1"),
    *("risk.decisions.v1", "execution.orders.v1", "execution.fills.v1", "ledger.entries.v1"),
)


@dataclass(slots=True)
class Aftermath:
    """`redelivered` counts, by topic, records that lie in the log again. `doubled` says, by topic, what was counted or said twice with
    another content: empty where identities are checked. `problems` are findings that no invariant of the report names.
    """

    redelivered: dict[str, int] = field(default_factory=dict)
    doubled: dict[str, list[str]] = field(default_factory=dict)
    writer_epochs: int = 0
    #: Orders that one writer began and another ended.
    handed_over: int = 0
    #: Orders whose outcome was unknown for a while.
    unknown: int = 0
    problems: list[str] = field(default_factory=list)


async def read_aftermath(bus: Bus) -> Aftermath:
    """Read the line's topics whole. Raises BusUnavailable."""
    found = Aftermath()
    for topic in LINE:
        sieve = Sieve(topic, compares=True)
        async for record in whole_topic(bus, topic):
            sieve.take(_canonical(record))
        found.redelivered[topic] = sieve.redelivered
        found.doubled[topic] = sieve.contradictions
    found.doubled[CANDLES] = await doubled_candles(bus)
    found.doubled = {topic: doubled for topic, doubled in found.doubled.items() if doubled}
    orders = [record async for record in whole_topic(bus, ORDERS)]
    found.problems += epoch_problems(orders)
    events = [_event(record) for record in orders]
    writers: dict[str, set[int]] = {}
    for event in events:
        writers.setdefault(event.client_order_id, set()).add(event.writer_epoch)
    found.handed_over = sum(len(epochs) > 1 for epochs in writers.values())
    found.unknown = len(
        {event.client_order_id for event in events if event.state == execution_pb2.ORDER_STATE_UNKNOWN}
    )
    found.writer_epochs = len({event.writer_epoch for event in events})
    return found


def epoch_problems(records: list[Record]) -> Iterator[str]:
    """Yield orders that a writer wrote after another had taken its portfolio: in the journal's order, epochs only grow."""
    newest: dict[str, int] = {}
    for record in sorted(records, key=lambda each: (each.partition, identity_of(each).order)):
        event = _event(record)
        known = newest.get(event.portfolio, 0)
        if event.writer_epoch < known:
            yield f"{event.client_order_id}: revision {event.revision} by writer {event.writer_epoch} after writer {known}"
        newest[event.portfolio] = max(known, event.writer_epoch)


def _canonical(record: Record) -> Record:
    """Return the record with its message written in one way: the order of a map's keys is the process's, and says nothing."""
    message = TOPICS[record.topic].message.FromString(record.value or b"")
    return replace(record, value=message.SerializeToString(deterministic=True))


def _event(record: Record) -> execution_pb2.OrderEvent:
    return execution_pb2.OrderEvent.FromString(record.value or b"")
