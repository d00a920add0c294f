"""The steps from an intent to the books."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sextant.bus.port import Record
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2, signals_pb2
from sextant.core.time import iso
from sextant.explaining.market_steps import short_name, side_name
from sextant.explaining.values import Step
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stamp import LINEAGE


def intent_facts(intent: intents_pb2.Intent, votes: Sequence[Record]) -> dict[str, Any]:
    """Return what was wanted, and the votes that led to it."""
    reasons = {
        (record.topic, record.partition, record.offset): signals_pb2.Signal.FromString(record.value or b"")
        for record in votes
    }
    rows = []
    for vote in intent.votes:
        place = vote.position
        signal = reasons.get((place.topic, place.partition, place.offset))
        edge = f"{signal.expected_edge_bp:g} bp" if signal is not None else "no longer in the log"
        where = f"{place.topic}/{place.partition}@{place.offset}"
        rows.append(
            (vote.strategy, side_name(vote.side), f"{vote.strength:g}", f"{vote.weight:g}", edge, where)
        )
    only = ", may only reduce" if intent.is_reduce_only else ""
    return {
        "facts": (
            ("intent", intent.intent_id),
            ("wants", f"{side_name(intent.side)} {intent.instrument} for {intent.portfolio}{only}"),
            ("strength", f"{intent.strength:g} of the unit, confidence {intent.confidence:g}"),
            ("urgency", short_name(intents_pb2.Urgency, intent.urgency)),
            ("decided at", f"{intent.reference_price:.10g}, book {intent.bid:.10g} / {intent.ask:.10g}"),
        ),
        "columns": ("vote", "side", "strength", "weight", "edge", "signal"),
        "rows": tuple(rows),
    }


def decision_facts(decision: risk_pb2.Decision) -> dict[str, Any]:
    """Return the answer with the result of every check."""
    facts = [("decision", decision.decision_id), ("breaker epoch", str(decision.breaker_epoch))]
    if decision.WhichOneof("outcome") == "approved":
        approved = decision.approved
        facts += [
            (
                "approved",
                f"{approved.quantity.value} at {approved.limit_price.value} on {approved.venue_account}",
            ),
            ("time in force", short_name(risk_pb2.TimeInForce, approved.time_in_force)),
            ("reserved", approved.reserved_notional.value),
            ("valid until", iso(approved.valid_until_ns)),
        ]
    elif decision.WhichOneof("outcome") == "refused":
        refused = decision.refused
        code = short_name(risk_pb2.RefusalCode, refused.code)
        facts.append(("refused", f"{code}: limit {refused.limit}, was {refused.value}"))
    rows = [
        ("passed" if check.is_passed else "FAILED", check.check, check.limit, check.value)
        for check in decision.checks
    ]
    return {"facts": tuple(facts), "columns": ("result", "check", "limit", "value"), "rows": tuple(rows)}


def event_steps(records: Sequence[Record]) -> list[Step]:
    """Return the order's life: journalled by execution, then each change of state as the venue or the gate caused it."""
    return [
        _event_step(record, execution_pb2.OrderEvent.FromString(record.value or b"")) for record in records
    ]


def _event_step(record: Record, event: execution_pb2.OrderEvent) -> Step:
    change_ns = event.change_time.ToNanoseconds()
    begin, end = change_ns, change_ns
    state = short_name(execution_pb2.OrderState, event.state)
    facts = [("state", state)]
    if event.revision == 1:
        hop = own_hop(record, "execution")
        begin, end = (hop.in_ns, max(hop.out_ns, change_ns)) if hop else (begin, end)
        limit = event.limit_price.value if event.HasField("limit_price") else "the market's price"
        facts.append(
            ("order", f"{side_name(event.side)} {event.quantity.value} {event.instrument} at {limit}")
        )
        facts.append(
            ("account", f"{event.venue_account} of {event.portfolio}, writer epoch {event.writer_epoch}")
        )
        if event.gate_time_ns:
            facts.append(("gate", f"read {iso(event.gate_time_ns)} on the venue's clock"))
    facts.append(("filled", f"{event.filled_quantity.value or '0'} of {event.quantity.value}"))
    if event.venue_order_id:
        facts.append(("venue order", event.venue_order_id))
    if event.HasField("exchange_time"):
        facts.append(("venue's time", iso(event.exchange_time.ToNanoseconds())))
    if event.reason:
        facts.append(("reason", event.reason))
    name = "order" if event.revision == 1 else f"order {state.lower().replace('_', ' ')}"
    return Step(name, "execution", record.position, begin, end, tuple(facts))


def fill_step(record: Record) -> Step:
    """Return a fill."""
    fill = execution_pb2.Fill.FromString(record.value or b"")
    learned_ns = fill.receive_time.ToNanoseconds()
    facts = (
        ("fill", fill.fill_id),
        ("executed", f"{side_name(fill.side)} {fill.quantity.value} at {fill.price.value}"),
        ("commission", f"{fill.commission.value or '0'} {fill.commission_asset}".strip()),
        ("liquidity", "maker" if fill.is_maker else "taker"),
        ("venue's time", iso(fill.exchange_time.ToNanoseconds())),
    )
    return Step("fill", "execution", record.position, learned_ns, learned_ns, facts)


def entry_step(record: Record) -> Step:
    """Return an entry with its postings."""
    entry = ledger_pb2.Entry.FromString(record.value or b"")
    hop = own_hop(record, "ledger")
    times = (hop.in_ns, hop.out_ns) if hop else (0, 0)
    facts = (("entry", f"{entry.entry_id}, number {entry.number} of {entry.portfolio}"),)
    rows = tuple((line.account, line.amount.value, line.asset) for line in entry.postings)
    return Step("postings", "ledger", record.position, *times, facts, ("account", "amount", "asset"), rows)


def own_hop(record: Record, stage: str) -> Hop | None:
    """Return what a stage wrote of itself into a record's lineage; None when it wrote nothing."""
    hops = Lineage(record.headers.get(LINEAGE, b"")).hops()
    return next((hop for hop in reversed(hops) if hop.stage == stage), None)
