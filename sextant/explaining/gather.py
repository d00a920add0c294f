"""Finding an order's records: from its events, or its decision, back along the lineage to the frame, and on to fills and entries.

Where the archive has been, its index says where they lie; what it has not seen yet is searched, which is the newest minute of the log.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from typing import Final

from sextant.bus.port import Position, Record, TopicPartition
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.places import order_named
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.decimals import ZERO, parse_decimal
from sextant.core.errors import Refused
from sextant.explaining.frames import frames_of
from sextant.explaining.index import Index, look_up
from sextant.explaining.reader import LogReader, read_back, read_on, read_places
from sextant.explaining.values import Found
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import LINEAGE

INTENTS: Final = "strategies.intents.v1"
DECISIONS: Final = "risk.decisions.v1"
ORDERS: Final = "execution.orders.v1"
FILLS: Final = "execution.fills.v1"
ENTRIES: Final = "ledger.entries.v1"
#: A record may be older than the one that caused it by as much as two producers' clocks differ.
_SKEW_MS: Final = 5_000
_FINAL: Final = frozenset(
    {
        execution_pb2.ORDER_STATE_FILLED,
        execution_pb2.ORDER_STATE_CANCELLED,
        execution_pb2.ORDER_STATE_REJECTED,
        execution_pb2.ORDER_STATE_NOT_SENT,
    }
)


class OrderNotFound(Refused):
    """Neither an event nor a decision nor an intent of this name lies in the part of the log that was searched."""


async def gather(log: LogReader, name: str, *, since_ms: int | None = None, uses_index: bool = True) -> Found:
    """Return everything that the log holds of an order, or of an intent by its id.

    `since_ms` bounds what is searched, ms since the epoch; without `uses_index` all of it is. Raises OrderNotFound, BusUnavailable.
    """
    order = order_named(name)
    search = _Search(log, order, await look_up(log, order) if uses_index else Index(), since_ms)
    events = await search.events()
    origin = events[0] if events else await search.answer()
    upstream = await _upstream(log, origin)
    fills = await search.fills(events)
    return Found(
        name=name,
        origin=origin,
        events=events,
        upstream=upstream,
        votes=await _votes(log, upstream.get("ensemble")),
        frames=await frames_of(log, upstream.get("ingest")),
        fills=fills,
        entries=await search.entries(events, fills),
    )


class _Search:
    """Looking for one order's records: by the index below its reach, by reading above it."""

    def __init__(self, log: LogReader, order: str, index: Index, since_ms: int | None) -> None:
        self._log, self._order, self._index, self._since_ms = log, order, index, since_ms
        self._searched = 0

    async def events(self) -> tuple[Record, ...]:
        """Return the order's events, each revision once; none when there is no order of this name."""
        found = await self._indexed(ORDERS)
        if not found:
            found = await self._newest(
                ORDERS, self._is_event, is_enough=lambda each: _event(each).revision == 1
            )
        elif _event(found[-1]).state not in _FINAL:
            found += await self._above(ORDERS, found, self._is_event)
        # A revision that was published twice, because execution died in between, is told once.
        once: dict[int, Record] = {}
        for record in sorted(found, key=lambda record: record.offset):
            once.setdefault(_event(record).revision, record)
        return tuple(once[revision] for revision in sorted(once))

    async def answer(self) -> Record:
        """Return the decision about an intent that became no order, or the intent that nobody has decided on. Raises OrderNotFound."""
        for topic, is_ours in ((DECISIONS, self._is_decision), (INTENTS, self._is_intent)):
            found = await self._indexed(topic) or await self._newest(topic, is_ours, is_enough=is_ours)
            if found:
                return found[0]
        raise OrderNotFound(
            f"order {self._order}: not in the index, and nothing of it among the {self._searched} records that are newer than "
            "what is indexed; expected a client order id, such as `sextant topics tail execution.orders.v1` shows as key, or the id "
            "of an intent"
        )

    async def fills(self, events: Sequence[Record]) -> tuple[Record, ...]:
        """Return the order's fills; the search ends where they add up to what its newest event says."""
        wanted = max((_filled(record) for record in events), default=ZERO)
        found = {record.key: record for record in await self._indexed(FILLS)}
        total = sum((_quantity(record) for record in found.values()), ZERO)
        if total < wanted:
            async for record in self._later(FILLS, events[0]):
                if record.key not in found and _fill(record).client_order_id == self._order:
                    found[record.key] = record
                    total += _quantity(record)
                if total >= wanted:
                    break
        return tuple(found.values())

    async def entries(self, events: Sequence[Record], fills: Sequence[Record]) -> tuple[Record, ...]:
        """Return the order's entries; there is one for each fill."""
        found = {_entry(record).entry_id: record for record in await self._indexed(ENTRIES)}
        if len(found) < len(fills):
            async for record in self._later(ENTRIES, events[0]):
                entry = _entry(record)
                if entry.client_order_id == self._order:
                    found.setdefault(entry.entry_id, record)
                if len(found) >= len(fills):
                    break
        return tuple(found.values())

    async def _indexed(self, topic: str) -> list[Record]:
        return await read_places(self._log, self._index.of(topic))

    async def _above(
        self, topic: str, found: Sequence[Record], is_ours: Callable[[Record], bool]
    ) -> list[Record]:
        """Return what came after what was found and is not indexed yet."""
        at = TopicPartition(topic, found[-1].partition)
        start = max(found[-1].offset + 1, self._index.reaches(at))
        return [record async for record in read_on(self._log, at, start) if is_ours(record)]

    async def _newest(
        self, topic: str, is_ours: Callable[[Record], bool], *, is_enough: Callable[[Record], bool]
    ) -> list[Record]:
        """Search all partitions backwards down to what is indexed, until a record is enough; then what is older is not read."""
        found: list[Record] = []
        stops = {}
        for at, (oldest, _) in (await self._log.bounds(topic)).items():
            begin = oldest if self._since_ms is None else await self._log.since(at, self._since_ms)
            stops[at] = max(begin, self._index.reaches(at))
        async for records in read_back(self._log, stops):
            self._searched += len(records)
            found += filter(is_ours, records)
            if any(map(is_enough, found)):
                break
            if found:  # what belongs to one order stays in its portfolio's partition, and its beginning lies farther back there
                for at in stops.keys() - {TopicPartition(topic, found[0].partition)}:
                    del stops[at]
        return found

    async def _later(self, topic: str, event: Record) -> AsyncIterator[Record]:
        """Yield what is not indexed yet of a topic in the order's partition, from the time of its first event on."""
        at = TopicPartition(topic, event.partition)
        begin = await self._log.since(at, event.timestamp_ms - _SKEW_MS)
        async for record in read_on(self._log, at, max(begin, self._index.reaches(at))):
            yield record

    def _is_event(self, record: Record) -> bool:
        return record.key == self._order.encode()

    def _is_decision(self, record: Record) -> bool:
        decision = risk_pb2.Decision.FromString(record.value or b"")
        return order_named(decision.intent.intent_id) == self._order

    def _is_intent(self, record: Record) -> bool:
        return order_named(intents_pb2.Intent.FromString(record.value or b"").intent_id) == self._order


async def _upstream(log: LogReader, origin: Record) -> dict[str, Record]:
    """Return what each stage made: every hop names the input of its stage, which is what the stage before had made."""
    hops = Lineage(origin.headers.get(LINEAGE, b"")).hops()
    records = await read_places(log, [hop.input for hop in hops if hop.input is not None])
    return {TOPICS[record.topic].owner: record for record in (*records, origin)}


async def _votes(log: LogReader, intent: Record | None) -> tuple[Record, ...]:
    if intent is None:
        return ()
    votes = intents_pb2.Intent.FromString(intent.value or b"").votes
    places = [Position(vote.position.topic, vote.position.partition, vote.position.offset) for vote in votes]
    return tuple(await read_places(log, places))


def _event(record: Record) -> execution_pb2.OrderEvent:
    return execution_pb2.OrderEvent.FromString(record.value or b"")


def _fill(record: Record) -> execution_pb2.Fill:
    return execution_pb2.Fill.FromString(record.value or b"")


def _entry(record: Record) -> ledger_pb2.Entry:
    return ledger_pb2.Entry.FromString(record.value or b"")


def _filled(record: Record) -> Decimal:
    return parse_decimal(_event(record).filled_quantity.value or "0")


def _quantity(record: Record) -> Decimal:
    return parse_decimal(_fill(record).quantity.value, field="quantity")
