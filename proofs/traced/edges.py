"""Whether every order is one whole trace: each record of the log that belongs to an order against the spans that a collector received.

What must be there is read from the log, never from the spans: the way of each decision stands in its lineage header.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from sextant.bus.port import Record
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stamp import LINEAGE, TRACEPARENT
from sextant.runtime.trace import parent_of
from sextant.telemetry.span import Span

STAGES: Final = ("ingest", "triangulation", "features", "strategies", "ensemble", "risk")
#: Every edge that a filled order has, from the frame to the books.
EDGES: Final = (*pairwise(STAGES), ("risk", "execution"), ("execution", "ledger"))
DECISIONS, FILLS, ENTRIES = "risk.decisions.v1", "execution.fills.v1", "ledger.entries.v1"
TOPICS: Final = (DECISIONS, FILLS, ENTRIES)


@dataclass(slots=True)
class Verdict:
    """`broken` says of each decision that is not whole where it breaks, by order or intent. `edges` counts (service, service below)."""

    orders: int = 0
    filled: int = 0
    refused: int = 0
    whole: int = 0
    spans: int = 0
    copies: int = 0
    orphans: int = 0
    links: int = 0
    broken: dict[str, str] = field(default_factory=dict)
    edges: Counter[tuple[str, str]] = field(default_factory=Counter)

    def shortfalls(self, orders: int) -> Iterator[str]:
        """Yield what is missing from so many filled orders that are each one whole trace."""
        if self.filled < orders:
            yield f"filled orders: expected {orders} or more, was {self.filled}"
        if self.broken:
            name, reason = next(iter(self.broken.items()))
            yield f"broken traces: expected none, was {len(self.broken)}, such as {name}: {reason}"
        if self.orphans:
            yield f"spans whose parent is missing: expected none, was {self.orphans}"
        for edge in EDGES:
            if not self.edges[edge]:
                yield f"edge {' -> '.join(edge)}: expected one for each order, was none"


class Spans:
    """Spans by id and by parent; a span that was exported twice counts once."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.by_id = {span.span_id: span for span in spans}
        self.copies = len(spans) - len(self.by_id)
        self._below: dict[bytes, list[Span]] = {}
        for span in self.by_id.values():
            self._below.setdefault(span.parent_id, []).append(span)

    def below(self, parent: Span, service: str) -> list[Span]:
        """Return the spans of a service right below one, in its trace."""
        found = self._below.get(parent.span_id, ())
        return [each for each in found if each.service == service and each.trace_id == parent.trace_id]

    def orphans(self) -> int:
        """Return how many spans name a parent that nobody sent."""
        return sum(bool(span.parent_id) and span.parent_id not in self.by_id for span in self.by_id.values())

    def edges(self) -> Counter[tuple[str, str]]:
        """Return how often a span of one service lies right below one of another."""
        found: Counter[tuple[str, str]] = Counter()
        for span in self.by_id.values():
            parent = self.by_id.get(span.parent_id)
            if parent is not None and parent.trace_id == span.trace_id and parent.service != span.service:
                found[parent.service, span.service] += 1
        return found


class Broken(Exception):
    """Where a trace is not whole."""


def judge(log: Mapping[str, Sequence[Record]], spans: Sequence[Span]) -> Verdict:
    """Compare what the log holds of `TOPICS` with the spans."""
    index = Spans(spans)
    verdict = Verdict(
        spans=len(index.by_id), copies=index.copies, orphans=index.orphans(), edges=index.edges()
    )
    verdict.links = sum(len(span.links) for span in index.by_id.values())
    fills, entries = _fills(log[FILLS]), _entries(log[ENTRIES])
    for record in log[DECISIONS]:
        decision = risk_pb2.Decision.FromString(record.value or b"")
        approved = decision.WhichOneof("outcome") == "approved"
        name = decision.approved.client_order_id if approved else decision.intent.intent_id
        try:
            decided = _decided(record, decision, index)
            if approved:
                verdict.orders += 1
                verdict.filled += bool(fills.get(name))
                _traded(name, decided, fills.get(name, set()), entries, index)
            else:
                verdict.refused += 1
        except Broken as reason:
            verdict.broken[name] = str(reason)
        else:
            verdict.whole += 1
    return verdict


def _decided(record: Record, decision: risk_pb2.Decision, index: Spans) -> Span:
    """Return risk's span once the whole way to it was found. Raises Broken."""
    trace, own = parent_of(record.headers.get(TRACEPARENT, b""))
    hops = Lineage(record.headers.get(LINEAGE, b"")).hops()
    if tuple(hop.stage for hop in hops) != STAGES:
        raise Broken(f"the lineage goes through {[hop.stage for hop in hops]}")
    decided = span = _there(index.by_id.get(own), trace, hops[-1])
    for hop in reversed(hops[:-1]):
        span = _there(index.by_id.get(span.parent_id), trace, hop)
    if span.parent_id:
        raise Broken("ingest's span is not the first of its trace")
    is_refused = decision.WhichOneof("outcome") == "refused"
    if bool(decided.error) is not is_refused:
        raise Broken(f"risk's span has the error {decided.error!r}")
    _names(decided, intent_id=decision.intent.intent_id, portfolio=decision.intent.portfolio)
    return decided


def _traded(order: str, decided: Span, fills: set[str], entries: Mapping[str, int], index: Spans) -> None:
    """Check what lies below an approval: the order, each of its fills, and an entry of the ledger below each. Raises Broken."""
    placed = [span for span in index.below(decided, "execution") if span.name == "order"]
    if len(placed) != 1:
        raise Broken(f"{len(placed)} spans of the order below risk's")
    _names(placed[0], client_order_id=order)
    if placed[0].attributes.get("messaging.destination.name") != DECISIONS:
        raise Broken("the order's span does not say where its decision lies")
    filled = [span for span in index.below(placed[0], "execution") if span.name == "fill"]
    if {span.attributes.get("sextant.fill_id") for span in filled} != fills:
        raise Broken(f"{len(filled)} spans of {len(fills)} fills")
    booked = [span for each in filled for span in index.below(each, "ledger")]
    for span in booked:
        _names(span, client_order_id=order)
        if span.attributes.get("messaging.destination.name") != FILLS:
            raise Broken("the ledger's span does not say where its fill lies")
    if len(booked) != entries.get(order, 0) or len(booked) != len(fills):
        raise Broken(
            f"{len(booked)} spans of the ledger, {entries.get(order, 0)} entries, {len(fills)} fills"
        )


def _there(span: Span | None, trace: bytes, hop: Hop) -> Span:
    """Return the span of a hop. Raises Broken when it is missing or says something else than the hop."""
    if span is None:
        raise Broken(f"no span of {hop.stage}")
    if (span.trace_id, span.service, span.instance, span.region) != (
        trace,
        hop.stage,
        hop.instance,
        hop.region,
    ):
        raise Broken(f"where {hop.stage}'s span was expected lies one of {span.service}, {span.instance}")
    where = hop.input
    if where is not None:
        said = tuple(
            span.attributes.get(f"messaging.{name}")
            for name in ("destination.name", "destination.partition.id", "kafka.offset")
        )
        if said != (where.topic, str(where.partition), where.offset):
            raise Broken(f"{hop.stage}'s span says {said}, the lineage {where}")
    elif "messaging.kafka.offset" not in span.attributes:
        raise Broken(f"{hop.stage}'s span does not say what it wrote")
    return span


def _names(span: Span, **ids: str) -> None:
    for name, value in ids.items():
        if span.attributes.get(f"sextant.{name}") != value:
            raise Broken(f"the span {span.name} of {span.service} does not name {name} {value}")


def _fills(records: Sequence[Record]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for record in records:
        fill = execution_pb2.Fill.FromString(record.value or b"")
        found.setdefault(fill.client_order_id, set()).add(fill.fill_id)
    return found


def _entries(records: Sequence[Record]) -> dict[str, int]:
    messages = {
        entry.entry_id: entry.client_order_id
        for entry in (ledger_pb2.Entry.FromString(record.value or b"") for record in records)
    }
    return dict(Counter(messages.values()))
