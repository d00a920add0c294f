"""From an order's records to the chain that is told: a pure function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

from google.protobuf.message import Message

from sextant.bus.port import Position, Record
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.market.v1 import events_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.time import SECOND
from sextant.explaining.market_steps import (
    batch_facts,
    fix_facts,
    frame_step,
    short_name,
    side_name,
    signal_facts,
    vector_facts,
)
from sextant.explaining.order_steps import (
    decision_facts,
    entry_step,
    event_steps,
    fill_step,
    intent_facts,
)
from sextant.explaining.values import Explanation, Found, Step, Timed
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stamp import LINEAGE, TRACEPARENT
from sextant.runtime.trace import parent_of
from sextant.runtime.trace_attributes import refusal_of

#: A frame is batched in the moment it comes: farther apart than this, two clocks were read.
_FAR_NS: Final = 60 * SECOND
#: What each stage makes on the way to an order, and how its facts are read.
_NAMES: Final = {
    "ingest": "event batch",
    "triangulation": "fix",
    "features": "vector",
    "strategies": "signal",
    "ensemble": "intent",
    "risk": "decision",
}
_FACTS: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "ingest": batch_facts,
    "triangulation": fix_facts,
    "features": vector_facts,
    "strategies": signal_facts,
    "risk": decision_facts,
}


def assemble(found: Found) -> Explanation:
    """Return the chain of an order or an intent, oldest step first, with the latency of each step."""
    hops = Lineage(found.origin.headers.get(LINEAGE, b"")).hops()
    steps = _upstream(found, hops)
    # Changes of state and fills in the order in which we learned of them; of one moment, the change first.
    later = [*event_steps(found.events), *map(fill_step, found.fills)]
    steps += sorted(later, key=lambda step: step.end_ns)
    steps += map(entry_step, found.entries)
    trace, _ = parent_of(found.origin.headers.get(TRACEPARENT, b""))
    return Explanation(_title(found), _summary(found), trace.hex(), tuple(_timed(steps)))


def _upstream(found: Found, hops: Sequence[Hop]) -> list[Step]:
    """Return a step for each stage before execution; the record that a hop read is what the stage before it made.

    The last hop is that of whoever made the origin: a decision or an intent with which the chain ends tells itself.
    """
    steps = []
    made = [(hop, reader.input) for hop, reader in pairwise(hops)]
    made += [(hop, found.origin.position) for hop in hops[-1:]]
    for hop, at in made:
        if hop.stage not in _NAMES:
            continue
        record = found.upstream.get(hop.stage)
        if hop.stage == "ingest" and record is not None:
            steps.append(frame_step(found.frames, events_pb2.EventBatch.FromString(record.value or b"")))
        steps.append(_stage_step(hop, at, record, found.votes))
    return steps


def _stage_step(hop: Hop, at: Position | None, record: Record | None, votes: Sequence[Record]) -> Step:
    name = _NAMES[hop.stage]
    if record is None:
        return Step(name, hop.stage, at, hop.in_ns, hop.out_ns, problem="the record is no longer in the log")
    message: Message = TOPICS[record.topic].message.FromString(record.value or b"")
    told = intent_facts(message, votes) if hop.stage == "ensemble" else _FACTS[hop.stage](message)  # type: ignore[arg-type]
    return Step(name, hop.stage, at, hop.in_ns, hop.out_ns, **told)


def _timed(steps: Sequence[Step]) -> list[Timed]:
    clocked = [step for step in steps if step.end_ns and not _is_recorded(step, steps)]
    begin = clocked[0].begin_ns if clocked else 0
    timed, before = [], 0
    for step in steps:
        if step not in clocked:
            timed.append(Timed(step, None, None, None))
            continue
        waited = step.begin_ns - before if before else None
        timed.append(Timed(step, waited, step.end_ns - step.begin_ns, step.end_ns - begin))
        before = step.end_ns
    return timed


def _is_recorded(step: Step, steps: Sequence[Step]) -> bool:
    """Return whether a frame carries the clock of a recording, which tells nothing about latency: it lies far from its batch."""
    after = steps[steps.index(step) + 1] if step.stage == "venue" else None
    return after is not None and abs(after.begin_ns - step.end_ns) > _FAR_NS


def _title(found: Found) -> str:
    return f"order {found.name}" if found.events else f"intent {found.name}"


def _summary(found: Found) -> str:
    if not found.events:
        return _answer(found.origin)
    first, last = (
        execution_pb2.OrderEvent.FromString(record.value or b"")
        for record in (found.events[0], found.events[-1])
    )
    state = short_name(execution_pb2.OrderState, last.state)
    cause = "" if first.intent_id else "; an operator's order: no intent, no decision"
    return (
        f"{side_name(last.side)} {last.quantity.value} {last.instrument} for {last.portfolio}: {state}, "
        f"filled {last.filled_quantity.value or '0'} in {len(found.fills)} fills{cause}"
    )


def _answer(origin: Record) -> str:
    """Return what became of an intent that is no order."""
    if TOPICS[origin.topic].owner == "risk":
        decision = risk_pb2.Decision.FromString(origin.value or b"")
        intent = decision.intent
        answer = refusal_of(decision)
        says = f"refused, {answer}" if answer else "approved, and no order is in the log yet"
    else:
        intent = intents_pb2.Intent.FromString(origin.value or b"")
        says = "no decision is in the log yet"
    return f"{side_name(intent.side)} {intent.instrument} for {intent.portfolio}: {says}"
