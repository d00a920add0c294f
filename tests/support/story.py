"""One order's whole way through the log, as the services write it: examples with identity and lineage, among other records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from google.protobuf.message import Message

from sextant.bus.port import Bus, Position, Record, TopicPartition
from sextant.contracts.examples import execution, features, ledger, market, risk, strategies, validated
from sextant.contracts.examples.values import BTC, FILL_ID, PORTFOLIO, START, at
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.market.v1 import frames_pb2
from sextant.core.identity import Identity, Root
from sextant.core.time import MILLISECOND, SettableClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import Stamper

OTHER_ORDER = "sxother0000000000a"
#: What each stage does: how long its input waited for it, and how long it took.
WAIT_NS, TAKE_NS = 2 * MILLISECOND, MILLISECOND


class Story:
    """Writes the story; `clock` is every service's clock."""

    def __init__(self, bus: Bus) -> None:
        self._producer = bus.producer()
        self.clock = SettableClock(START + 140 * MILLISECOND)
        self.places: dict[str, Position] = {}
        self._numbers: dict[str, int] = {}

    async def tell(self) -> None:
        """Write everything from the frame to the postings."""
        await self.frames()
        lineage = await self.stage(
            "ingest", "market.events.v1", "BTC", market.all_channels(), None, Lineage()
        )
        for stage, topic, key, message in (
            ("triangulation", "market.validated.v1", "BTC", validated.validated()["good-fix"].message),
            ("features", "features.vectors.v1", BTC, features.live()),
            ("strategies", "strategies.signals.v1", BTC, strategies.buy()),
            ("ensemble", "strategies.intents.v1", PORTFOLIO, strategies.take()),
            ("risk", "risk.decisions.v1", PORTFOLIO, risk.approved()),
        ):
            assert message is not None
            lineage = await self.stage(stage, topic, key, message, self.places["last"], lineage)
        await self.order(lineage, self.places["last"])

    async def frames(self) -> None:
        """Write the journal: the story's frames lie between those of another connection and of an older epoch."""
        own = market.frames()["two-frames"].message
        assert isinstance(own, frames_pb2.FrameBatch)
        older, other = frames_pb2.FrameBatch(), frames_pb2.FrameBatch()
        older.CopyFrom(own)
        older.connection_epoch = 0
        other.CopyFrom(own)
        other.connection = "spot-1"
        for journal in (older, other, own):
            key = f"alpha/{journal.connection}"
            await self.write("ingest", "market.frames.v1", key, key, journal, Lineage())

    async def order(self, lineage: Lineage, decision: Position | None) -> None:
        """Write the order's life, its fill and its entry; another order's around them."""
        if decision is not None:
            lineage = self.hop("execution", decision, lineage)
        for event in (
            _other(execution.pending()),
            execution.pending(),
            execution.filled(),
            _other(execution.filled()),
        ):
            await self.event(event, lineage)
        self.clock.now_ns = at(166)
        await self.write("execution", "execution.fills.v1", FILL_ID, PORTFOLIO, execution.fill(), lineage)
        self.places["fill"] = self.places["last"]
        self.clock.advance(WAIT_NS)
        entry = self.hop("ledger", None, lineage)
        other = ledger_pb2.Entry(entry_id="other", portfolio=PORTFOLIO, client_order_id=OTHER_ORDER)
        for message in (other, ledger.fill_entry()):
            await self.write("ledger", "ledger.entries.v1", PORTFOLIO, PORTFOLIO, message, entry)

    async def event(self, event: execution_pb2.OrderEvent, lineage: Lineage) -> None:
        """Write one change of state."""
        topic = "execution.orders.v1"
        await self.write("execution", topic, event.client_order_id, event.portfolio, event, lineage)

    async def stage(
        self, stage: str, topic: str, key: str, message: Message, source: Position | None, lineage: Lineage
    ) -> Lineage:
        """Let a stage make its record of what it read; return the record's lineage."""
        if stage != "ingest":
            self.clock.advance(WAIT_NS)
        lineage = self.hop(stage, source, lineage)
        for vote in getattr(message, "votes", ()):
            signal = self.places["strategies.signals.v1"]
            vote.position.partition, vote.position.offset = signal.partition, signal.offset
        await self.write("noise", topic, "another", _partition_key(key), type(message)(), Lineage())
        await self.write(stage, topic, key, _partition_key(key), message, lineage)
        return lineage

    def hop(self, stage: str, source: Position | None, lineage: Lineage) -> Lineage:
        """Return the lineage with the stage's hop, which takes its time."""
        begin = self.clock.wall_ns()
        self.clock.advance(TAKE_NS)
        return lineage.with_hop(Stamper(stage, "0", "local", self.clock).hop(begin, source))

    async def write(
        self, stage: str, topic: str, key: str, partition_key: str, message: Message, lineage: Lineage
    ) -> None:
        """Append one record at the clock's time."""
        number = self._numbers[topic] = self._numbers.get(topic, -1) + 1
        identity = Identity(Root(f"story/{topic}", 0, number))
        stamper = Stamper(stage, "0", "local", self.clock)
        record = stamper.outgoing(topic, key, partition_key, message, identity, lineage)
        (place,) = await self._producer.send([record])
        self.places[topic] = self.places["last"] = place


class MemoryReader:
    """A `LogReader` of explaining over any bus, for tests: it finds instants by reading everything."""

    def __init__(self, bus: Bus, archived: Mapping[TopicPartition, int] | None = None) -> None:
        self._bus, self._archived = bus, dict(archived or {})
        self.read_records = 0

    async def archived(self) -> Mapping[TopicPartition, int]:
        return self._archived

    async def bounds(self, topic: str) -> Mapping[TopicPartition, tuple[int, int]]:
        found = {}
        for at_, end in (await self._bus.end_offsets(topic)).items():
            records = await self._bus.read(at_)
            found[at_] = (records[0].offset if records else end, end)
        return found

    async def read(self, ranges: Mapping[TopicPartition, tuple[int, int]]) -> Sequence[Record]:
        batches = [await self._bus.read(at_, start, end) for at_, (start, end) in ranges.items()]
        records = [record for batch in batches for record in batch]
        self.read_records += len(records)
        return records

    async def since(self, at_: TopicPartition, timestamp_ms: int) -> int:
        records = await self._bus.read(at_)
        later = [record.offset for record in records if record.timestamp_ms >= timestamp_ms]
        return later[0] if later else (await self._bus.end_offsets(at_.topic))[at_]


def operators_order() -> execution_pb2.OrderEvent:
    """Return an order that no intent caused."""
    event = execution.orders()["operators-market-order"].message
    assert isinstance(event, execution_pb2.OrderEvent)
    return event


def _other(event: execution_pb2.OrderEvent) -> execution_pb2.OrderEvent:
    event.client_order_id = OTHER_ORDER
    return event


def _partition_key(key: str) -> str:
    return "BTC" if key in (BTC, "BTC") else key
