"""A large log: many orders with everything that was said about each, as services write it, at places that are known beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import Message

from sextant.bus.kafka import KafkaBus
from sextant.bus.port import Outgoing, Position
from sextant.contracts.examples import execution, features, ledger, market, risk, strategies, validated
from sextant.contracts.examples.values import BTC, PORTFOLIO
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.identity import Identity, Root, client_order_id
from sextant.core.time import SystemClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import Stamper, partition_of

#: Every so many intents one is refused.
REFUSED_EVERY: Final = 10
_PORTFOLIOS: Final = 12
_SENT_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Asked:
    """An order and an intent to ask for."""

    order: str
    refused: str


class History:
    """Writes orders to a log that nobody else writes to."""

    def __init__(self) -> None:
        clock = SystemClock()
        stages = {entry.owner for entry in TOPICS.values()}
        self._stampers = {stage: Stamper(stage, "0", "local", clock) for stage in stages}
        self._ends: dict[tuple[str, int], int] = {}
        self.records = 0

    def intent(self, number: int) -> str:
        """Return the id of an intent of the history."""
        return f"{number:032x}"

    def asked(self, number: int) -> Asked:
        """Return the order of an intent and the refused intent next to it."""
        refused = number - number % REFUSED_EVERY
        return Asked(client_order_id(self.intent(refused + 1)), self.intent(refused))

    def told(self, orders: int) -> Iterator[list[Outgoing]]:
        """Yield the records of so many intents, in pieces."""
        piece: list[Outgoing] = []
        for number in range(orders):
            piece += self._intent(number)
            if len(piece) >= _SENT_AT_ONCE:
                yield piece
                piece = []
        yield piece

    def _intent(self, number: int) -> Iterator[Outgoing]:
        portfolio = f"{PORTFOLIO}-{number % _PORTFOLIOS}"
        lineage, source = Lineage(), None
        way = (
            ("ingest", "market.events.v1", "BTC", market.all_channels()),
            ("triangulation", "market.validated.v1", "BTC", validated.validated()["good-fix"].message),
            ("features", "features.vectors.v1", BTC, features.live()),
            ("strategies", "strategies.signals.v1", BTC, strategies.buy()),
        )
        for stage, topic, key, message in way:
            assert message is not None
            lineage = self._hop(stage, source, lineage)
            record, source = self._record(stage, topic, key, "BTC", message, lineage)
            yield record
        for stage, topic, message in self._decided(number, portfolio):
            lineage = self._hop(stage, source, lineage)
            record, source = self._record(stage, topic, portfolio, portfolio, message, lineage)
            yield record
        if number % REFUSED_EVERY:
            lineage = self._hop("execution", source, lineage)
            yield from self._traded(client_order_id(self.intent(number)), portfolio, lineage)

    def _decided(self, number: int, portfolio: str) -> Iterator[tuple[str, str, Message]]:
        intent = strategies.take()
        intent.intent_id, intent.portfolio = self.intent(number), portfolio
        if number % REFUSED_EVERY:
            decision = risk.approved()
            decision.approved.client_order_id = client_order_id(intent.intent_id)
        else:
            refused = risk_pb2.Refused(code=risk_pb2.REFUSAL_CODE_STALE, limit="2000", value="2500")
            decision = risk_pb2.Decision(refused=refused)
        decision.intent.CopyFrom(intents_pb2.Intent(intent_id=intent.intent_id, portfolio=portfolio))
        yield "ensemble", "strategies.intents.v1", intent
        yield "risk", "risk.decisions.v1", decision

    def _traded(self, order: str, portfolio: str, lineage: Lineage) -> Iterator[Outgoing]:
        events: Sequence[execution_pb2.OrderEvent] = (execution.pending(), execution.filled())
        for event in events:
            event.client_order_id, event.portfolio = order, portfolio
            yield self._record("execution", "execution.orders.v1", order, portfolio, event, lineage)[0]
        fill = execution.fill()
        fill.client_order_id, fill.portfolio, fill.fill_id = order, portfolio, f"fill/{order}"
        record, at = self._record("execution", "execution.fills.v1", fill.fill_id, portfolio, fill, lineage)
        yield record
        entry: ledger_pb2.Entry = ledger.fill_entry()
        entry.client_order_id, entry.portfolio, entry.entry_id = order, portfolio, f"entry/{order}"
        lineage = self._hop("ledger", at, lineage)
        yield self._record("ledger", "ledger.entries.v1", portfolio, portfolio, entry, lineage)[0]

    def _hop(self, stage: str, source: Position | None, lineage: Lineage) -> Lineage:
        stamper = self._stampers[stage]
        return lineage.with_hop(stamper.hop(stamper.clock.wall_ns(), source))

    def _record(
        self, stage: str, topic: str, key: str, partition_key: str, message: Message, lineage: Lineage
    ) -> tuple[Outgoing, Position]:
        partition = partition_of(TOPICS[topic], partition_key)
        offset = self._ends.get((topic, partition), 0)
        self._ends[topic, partition] = offset + 1
        self.records += 1
        identity = Identity(Root(f"history/{topic}/{partition}", 0, offset))
        record = self._stampers[stage].outgoing(topic, key, partition_key, message, identity, lineage)
        return record, Position(topic, partition, offset)


async def write(bootstrap: str, history: History, orders: int) -> None:
    """Create the topics and write the history. Raises BusUnavailable, OutputLost."""
    bus = KafkaBus(bootstrap, client_id="sextant-history", delivery_timeout_s=120.0)
    await bus.start()
    try:
        await bus.ensure_topics()
        producer = bus.producer()
        for piece in history.told(orders):
            await producer.send(piece)
    finally:
        await bus.stop()
