"""A small run, made by hand: two approved orders and a refusal on three venues, from the tick to the books. Tests bend it and look."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, TopicPartition
from sextant.contracts.batches import BatchWriter, Best, Levels
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.features.v1 import features_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.market.v1 import validated_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.scaled import Scale
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.identity import Identity, Root
from sextant.core.partitions import market_partition, portfolio_partition
from sextant.core.time import MILLISECOND, SECOND
from sextant.demo.report import (
    BalanceRow,
    EntryRow,
    Evidence,
    PositionRow,
    PostingRow,
    Statement,
    Tables,
    VenueOrder,
    VenueTrade,
)
from sextant.runtime import identity_header
from sextant.runtime.settings import Platform
from sextant.runtime.stamp import IDENTITY
from sextant.telemetry.span import Span
from tests.support.resources import shipped_platform

VENUES = ("alpha", "beta", "gamma")
BTC = "alpha:BTC/USDT"
ACCOUNT = "alpha-main"
OPENING = Decimal(100_000)
MARKET, BOOKS = market_partition("BTC"), portfolio_partition("main")
SCALE = Scale.of(-2, -5)
LIVE, BOOK_INVALID = 1, 2
GOOD, DEGRADED = validated_pb2.FIX_QUALITY_GOOD, validated_pb2.FIX_QUALITY_DEGRADED
EVENTS, VALIDATED, VECTORS = "market.events.v1", "market.validated.v1", "features.vectors.v1"
SIGNALS, INTENTS, DECISIONS = "strategies.signals.v1", "strategies.intents.v1", "risk.decisions.v1"
ORDERS, FILLS, ENTRIES = "execution.orders.v1", "execution.fills.v1", "ledger.entries.v1"
STAGES = ("ingest", "triangulation", "features", "strategies", "ensemble", "risk", "execution")
START = 1_767_225_600 * SECOND


@dataclass
class Said:
    """A record before it lies in the log. `message` is the topic's message."""

    topic: str
    message: Any
    identity: Identity


@dataclass
class Account:
    """`AccountBooks` that says what it was told to."""

    orders: list[VenueOrder] = field(default_factory=list)
    trades: list[VenueTrade] = field(default_factory=list)
    balances: dict[str, Decimal] = field(default_factory=dict)

    async def statement(self, symbols: Sequence[str]) -> Statement:
        assert "BTC/USDT" in symbols
        return Statement(self.orders, self.trades, self.balances)


@dataclass
class Offsets:
    """Groups that have worked off everything, but for what `behind` says."""

    ends: dict[TopicPartition, int] = field(default_factory=dict)
    behind: Mapping[tuple[str, str], int] = field(default_factory=dict)

    async def committed(self, group: str) -> Mapping[TopicPartition, int]:
        return {at: end - self.behind.get((group, at.topic), 0) for at, end in self.ends.items()}


@dataclass
class Books:
    """`LedgerBooks` from lists."""

    entries: list[EntryRow] = field(default_factory=list)
    postings: list[PostingRow] = field(default_factory=list)
    balances: list[BalanceRow] = field(default_factory=list)
    positions: list[PositionRow] = field(default_factory=list)

    async def tables(self) -> Tables:
        return Tables(self.entries, self.postings, self.balances, self.positions)


class Story:
    """The run. Whatever it holds may be bent before evidence() is asked for."""

    def __init__(self) -> None:
        self.said: dict[str, list[Said]] = defaultdict(list)
        self.accounts = {f"{venue}-main": Account(balances={"USDT": OPENING}) for venue in VENUES}
        self.books, self.offsets, self.spans = Books(), Offsets(), list[Span]()
        self.platform: Platform = shipped_platform()
        self.manifests: dict[str, list[dict[str, Any]]] = {}
        #: By dead-letter topic: where the record came from that lies there.
        self.letters: dict[str, str] = {}
        #: By topic: the offsets that its archived file really holds, where they are not those of the manifest.
        self.archived: dict[str, list[int]] = {}
        for venue in VENUES:
            self._open_account(f"{venue}-main")
            self.market(venue)
        self.decide("one", filled=("0.01", "0.02"))
        self.decide("two", filled=("0.05",))
        self.refuse("three")

    def market(self, venue: str, *, invalid_at: int = -1, with_best: bool = False) -> None:
        """Three batches of a venue: a snapshot, then changes; the book breaks in batch `invalid_at`."""
        writer = BatchWriter(venue, f"{venue}:BTC/USDT", "spot-0", SCALE)
        for number in range(3):
            at = START + number * SECOND
            best = Best(60_000_00, 1, 60_001_00, 1)
            if number == invalid_at:
                writer.status(at, BOOK_INVALID, 10 * (number + 1), 1, 0, at, 0)
                best = best if with_best else Best()
            writer.depth(at, at, number, number, Levels([], [], []), best, is_snapshot=number == 0)
            if number != invalid_at:
                writer.status(at, LIVE, 10 * (number + 1), 0, 0, at, 0)
            batch = writer.close(1, number, SCALE)
            offset = len(self.said[EVENTS])
            self._say(EVENTS, batch, Identity(Root(f"{venue}/spot-0", 1, number)))
            root = Identity(Root.at(EVENTS, MARKET, offset))
            fix = validated_pb2.Fix(asset="BTC", number=offset + 1, quality=GOOD if offset else DEGRADED)
            judged = validated_pb2.ValidatedBatch(instrument=batch.instrument, fix=fix)
            self._say(VALIDATED, judged, root.child(0))

    def decide(self, name: str, filled: Sequence[str]) -> None:
        """An approved order of 0.1 or less that was filled in these pieces, booked and traced."""
        quantity = str(sum(map(Decimal, filled)))
        intent = self._intent(name)
        decision = risk_pb2.Decision(decision_id=f"decision-{name}", intent=intent)
        decision.approved.client_order_id, decision.approved.venue_account = f"sx{name}", ACCOUNT
        decision.approved.quantity.value = quantity
        self._say(DECISIONS, decision, self._root(name).child(0).child(0).child(0).child(0).child(0))
        self.order(name, 1, execution_pb2.ORDER_STATE_PENDING, quantity, "0")
        spans = self._trace(name)
        for number, size in enumerate(filled):
            self._fill(name, number, size, spans[-1])
        self.order(name, 2, execution_pb2.ORDER_STATE_FILLED, quantity, quantity)
        self.accounts[ACCOUNT].orders.append(
            VenueOrder(f"sx{name}", f"v-{name}", "BTCUSDT", Decimal(quantity), Decimal(quantity), False)
        )

    def refuse(self, name: str) -> None:
        decision = risk_pb2.Decision(decision_id=f"decision-{name}", intent=self._intent(name))
        decision.refused.code = risk_pb2.REFUSAL_CODE_STALE
        self._say(DECISIONS, decision, self._root(name).child(0).child(0).child(0).child(0).child(0))

    def order(self, name: str, revision: int, state: int, quantity: str, filled: str) -> None:
        """An event of an order's history."""
        event = execution_pb2.OrderEvent(
            client_order_id=f"sx{name}",
            revision=revision,
            portfolio="main",
            venue_account=ACCOUNT,
            instrument=BTC,
            side=values_pb2.SIDE_BUY,
            quantity=_decimal(quantity),
            filled_quantity=_decimal(filled),
            state=execution_pb2.OrderState.Name(state),
            venue_order_id="" if revision == 1 else f"v-{name}",
            intent_id=f"intent-{name}",
            decision_id=f"decision-{name}",
            change_time=_instant(START + SECOND),
        )
        self._say(ORDERS, event, self._journal())

    def messages(self, topic: str) -> list[Any]:
        return [said.message for said in self.said[topic]]

    async def evidence(self, folder: Path, **changes: object) -> Evidence:
        """Put everything into a log and say where it lies."""
        log = MemoryLog()
        bus = MemoryBus(log)
        await bus.ensure_topics()
        for topic, said in self.said.items():
            partition = BOOKS if TOPICS[topic].partitions == 12 else MARKET
            await bus.producer().send([_outgoing(each, partition) for each in said])
        for topic, origin in self.letters.items():
            await bus.producer().send([Outgoing(topic, 0, b"key", b"?", {"origin": origin.encode()})])
        for topic in self.said:
            self.offsets.ends.update(await bus.end_offsets(topic))
        archive = self._archive(folder)
        evidence = Evidence(
            bus_kind="memory",
            mode="sim",
            seconds=3.0,
            seed=7,
            platform=self.platform,
            bus=bus,
            books=self.books,
            accounts=self.accounts,
            offsets=self.offsets,
            traces=self.spans,
            archive=archive,
            rss_mb={"risk": 80.0, "ingest": 90.5},
            servers_rss_mb=500.0,
            started_ns=START,
        )
        return replace(evidence, **changes)  # type: ignore[arg-type]  # names are checked by replace

    def _archive(self, folder: Path) -> Path:
        archive = folder / "archive"
        for topic, said in self.said.items():
            partition = BOOKS if TOPICS[topic].partitions == 12 else MARKET
            whole = [{"partition": partition, "first": 0, "last": len(said) - 1, "rows": len(said)}]
            (archive / topic).mkdir(parents=True, exist_ok=True)
            lines = []
            for part in self.manifests.get(topic, whole):
                file = f"{topic}/{part['partition']}-{part['first']}-{part['last']}.parquet"
                held = self.archived.get(topic, range(part["first"], part["first"] + part["rows"]))
                digest = write_offsets(archive / file, part["partition"], held)
                lines.append(json.dumps({"topic": topic, "file": file, "sha256": digest, **part}) + "\n")
            (archive / topic / "manifest.jsonl").write_text("".join(lines))
        return archive

    def _intent(self, name: str) -> intents_pb2.Intent:
        root, valid = self._root(name), validated_pb2.VENUE_VERDICT_VALID
        vector = features_pb2.FeatureVector(instrument=BTC, bid=60_000.0, ask=60_001.0)
        vector.verdict.verdict = valid
        self._say(VECTORS, vector, root.child(0).child(0))
        signal = signals_pb2.Signal(signal_id=f"signal-{name}", instrument=BTC, verdict=valid)
        self._say(SIGNALS, signal, root.child(0).child(0).child(0))
        intent = intents_pb2.Intent(
            intent_id=f"intent-{name}",
            portfolio="main",
            instrument=BTC,
            side=values_pb2.SIDE_BUY,
            verdict=valid,
        )
        self._say(INTENTS, intent, root.child(0).child(0).child(0).child(0))
        return intent

    def _fill(self, name: str, number: int, size: str, placed: Span) -> None:
        trade, price, fee = f"{len(self.said[FILLS]) + 1}", Decimal("60001"), Decimal("0.5")
        fill_id, quantity = f"{ACCOUNT}/BTCUSDT/{trade}", Decimal(size)
        fill = execution_pb2.Fill(
            fill_id=fill_id,
            client_order_id=f"sx{name}",
            portfolio="main",
            venue_account=ACCOUNT,
            instrument=BTC,
            side=values_pb2.SIDE_BUY,
            quantity=_decimal(size),
            price=_decimal(str(price)),
            commission=_decimal(str(fee)),
            commission_asset="USDT",
        )
        self._say(FILLS, fill, self._journal())
        venue, value = f"venue:{ACCOUNT}", quantity * price
        lines = (
            *((venue, "BTC", quantity), ("trading", "BTC", -quantity)),
            *(("trading", "USDT", value), (venue, "USDT", -value), ("fees", "USDT", fee)),
            (venue, "USDT", -fee),
        )
        self._book(f"fill/{fill_id}", 2, fill_id, f"sx{name}", lines)
        held = sum((row.quantity for row in self.books.positions), Decimal(0)) + quantity
        self.books.positions = [PositionRow("main", BTC, held, float(price), 0.0)]
        account = self.accounts[ACCOUNT]
        account.trades.append(VenueTrade(trade, f"v-{name}", "BTCUSDT", quantity, price, fee, "USDT"))
        account.balances["BTC"] = account.balances.get("BTC", Decimal(0)) + quantity
        account.balances["USDT"] -= value + fee
        filled = span("execution", placed, f"fill-{fill_id}", 0)
        self.spans += [filled, span("ledger", filled, f"entry-{fill_id}", 3)]

    def _open_account(self, name: str) -> None:
        lines = ((f"venue:{name}", "USDT", OPENING), ("capital", "USDT", -OPENING))
        self._book(f"opening/{name}/USDT", 1, f"opening/{name}/USDT", "", lines)

    def _book(
        self, entry: str, kind: int, source: str, order: str, lines: Sequence[tuple[str, str, Decimal]]
    ) -> None:
        number = len(self.books.entries) + 1
        self.books.entries.append(EntryRow(entry, "main", number, kind, source, order))
        for line, (account, asset, amount) in enumerate(lines):
            self.books.postings.append(PostingRow(entry, line, account, asset, amount))
            self._balance(account, asset, amount)
        message = ledger_pb2.Entry(entry_id=entry, portfolio="main", source_id=source, number=number)
        self._say(ENTRIES, message, Identity(Root("ledger.entries/main", 0, number)))

    def _balance(self, account: str, asset: str, amount: Decimal) -> None:
        for number, row in enumerate(self.books.balances):
            if (row.account, row.asset) == (account, asset):
                self.books.balances[number] = replace(row, amount=row.amount + amount)
                return
        self.books.balances.append(BalanceRow("main", account, asset, amount))

    def _trace(self, name: str) -> list[Span]:
        spans: list[Span] = []
        for stage in STAGES:
            spans.append(span(stage, spans[-1] if spans else None, name, 2))
        spans[5].attributes.update({"sextant.client_order_id": f"sx{name}"})  # type: ignore[attr-defined]
        call = span("execution", spans[-1], f"call-{name}", 4)
        call.attributes.update({"sextant.venue.outcome": "Acknowledged"})  # type: ignore[attr-defined]
        self.spans += [*spans, call]
        return spans

    def _root(self, name: str) -> Identity:
        """Return the place of the tick that caused an order: one of the batches of alpha."""
        return Identity(Root.at(EVENTS, MARKET, ("one", "two", "three").index(name)))

    def _journal(self) -> Identity:
        number = len(self.said[ORDERS]) + len(self.said[FILLS])
        return Identity(Root(f"execution.journal/{BOOKS}", 0, number))

    def _say(self, topic: str, message: Message, identity: Identity) -> None:
        self.said[topic].append(Said(topic, message, identity))


def write_offsets(path: Path, partition: int, offsets: Sequence[int]) -> str:
    """Write an archived file, of which only the places of records matter here; return its checksum."""
    columns = {"partition": [partition] * len(offsets), "offset": list(offsets)}
    pq.write_table(pa.table(columns), path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def span(service: str, parent: Span | None, name: str, length_ms: int) -> Span:
    """Return a span that begins where its parent ended; ids follow from service and name."""
    begin = parent.end_ns if parent else START
    return Span(
        trace_id=parent.trace_id if parent else name.encode(),
        span_id=f"{service}/{name}".encode(),
        parent_id=parent.span_id if parent else b"",
        service=service,
        instance=f"{service}-0",
        region="local",
        name=name,
        start_ns=begin,
        end_ns=begin + length_ms * MILLISECOND,
        attributes={},
    )


def _outgoing(said: Said, partition: int) -> Outgoing:
    value = said.message.SerializeToString(deterministic=True)
    headers = {IDENTITY: identity_header.encode(TOPICS[said.topic], said.identity)}
    return Outgoing(said.topic, partition, b"key", value, headers)


def _decimal(text: str) -> values_pb2.Decimal:
    return values_pb2.Decimal(value=text)


def _instant(ns: int) -> Timestamp:
    return Timestamp(seconds=ns // SECOND, nanos=ns % SECOND)
