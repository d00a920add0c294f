"""Orders traced from their tick: the chain of spans of each order, and how long each stage took."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sextant.core.time import MILLISECOND
from sextant.telemetry.span import Span

#: Stages from the tick to the approval, each the parent of the next.
UPSTREAM = ("ingest", "triangulation", "features", "strategies", "ensemble", "risk")
EXECUTION, LEDGER = "execution", "ledger"
#: Set on the span of a call to a venue.
_OUTCOME = "sextant.venue.outcome"


@dataclass(slots=True)
class TraceFacts:
    """`broken` says of each order that is not traced where its chain ends. Durations in ns."""

    orders: int = 0
    traced: int = 0
    broken: dict[str, str] = field(default_factory=dict)
    tick_to_order: list[int] = field(default_factory=list)
    stages: dict[str, list[int]] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Return the share of orders whose chain is whole; None when there are no orders."""
        return self.traced / self.orders if self.orders else None


def trace_orders(spans: Mapping[bytes, Span], entries_of_order: Mapping[str, int]) -> TraceFacts:
    """Return the chains of these orders; the values say how many entries of the ledger must hang on each."""
    index, facts = _Index(spans), TraceFacts()
    for order, entries in sorted(entries_of_order.items()):
        facts.orders += 1
        problem = _follow(order, entries, index, facts)
        if problem:
            facts.broken[order] = problem
        else:
            facts.traced += 1
    return facts


def quantiles(durations: Sequence[int]) -> dict[str, float | None]:
    """Return p50 and p99 by nearest rank in ms; None where there is nothing to take them of."""
    ordered = sorted(durations)

    def at(share: float) -> float | None:
        if not ordered:
            return None
        return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)] / MILLISECOND, 3)

    return {"p50": at(0.50), "p99": at(0.99)}


class _Index:
    """Spans by what the chains are followed along."""

    def __init__(self, spans: Mapping[bytes, Span]) -> None:
        self.spans = spans
        self.approvals: dict[str, list[Span]] = {}
        self.children: dict[bytes, list[Span]] = {}
        for span in spans.values():
            self.children.setdefault(span.parent_id, []).append(span)
            order = span.attributes.get("sextant.client_order_id")
            if span.service == "risk" and isinstance(order, str):
                self.approvals.setdefault(order, []).append(span)

    def below(self, parent: Span, service: str) -> list[Span]:
        """Return the children of one service in the same trace, oldest first."""
        found = [
            span
            for span in self.children.get(parent.span_id, ())
            if span.service == service and span.trace_id == parent.trace_id
        ]
        return sorted(found, key=lambda span: (span.start_ns, span.span_id))


def _follow(order: str, entries: int, index: _Index, facts: TraceFacts) -> str:
    """Add an order's durations; return where its chain breaks, or nothing."""
    approvals = index.approvals.get(order, [])
    if len(approvals) != 1:
        return f"{len(approvals)} spans of risk name it"
    chain = _upstream(approvals[0], index)
    if len(chain) != len(UPSTREAM):
        return f"the chain above risk is {' < '.join(span.service for span in reversed(chain))}"
    placed = index.below(chain[-1], EXECUTION)
    if not placed:
        return "no span of execution below risk's"
    booked = _booked(placed[0], index)
    if len(booked) < entries:
        return f"{len(booked)} spans of the ledger for {entries} entries"
    _measure([*chain, placed[0]], booked, index, facts)
    return ""


def _upstream(risk: Span, index: _Index) -> list[Span]:
    """Return the chain of parents from ingest to risk as far as services and trace fit, oldest first."""
    chain = [risk]
    for service in reversed(UPSTREAM[:-1]):
        parent = index.spans.get(chain[0].parent_id)
        if parent is None or parent.service != service or parent.trace_id != risk.trace_id:
            break
        chain.insert(0, parent)
    return chain


def _booked(placed: Span, index: _Index) -> list[tuple[Span, Span]]:
    """Return (execution's span, ledger's span) of every entry that hangs below an order's span."""
    pairs, waiting = [], [placed]
    while waiting:
        parent = waiting.pop(0)
        pairs += [(parent, span) for span in index.below(parent, LEDGER)]
        waiting += index.below(parent, EXECUTION)
    return pairs


def _measure(
    chain: Sequence[Span], booked: Iterable[tuple[Span, Span]], index: _Index, facts: TraceFacts
) -> None:
    ends = [chain[0].start_ns, *(span.end_ns for span in chain)]
    for span, before, end in zip(chain, ends, ends[1:], strict=False):
        facts.stages.setdefault(span.service, []).append(end - before)
    for parent, span in booked:
        facts.stages.setdefault(LEDGER, []).append(span.end_ns - parent.end_ns)
    calls = [span.start_ns for span in index.below(chain[-1], EXECUTION) if _OUTCOME in span.attributes]
    if calls:
        facts.tick_to_order.append(min(calls) - chain[0].start_ns)
