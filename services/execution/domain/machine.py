"""The order state machine: an order and an event in, the order after it and what to do out.

Promises: filled never exceeds ordered; a final state stays final, though late fills still count as facts; an order of unknown
outcome is resolved only by what the venue says; nothing is placed again before the venue has denied the order over the whole
horizon, and an operator's closing order never; saying the same thing twice changes nothing; reports of one history end in one state in whatever order they come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from services.execution.domain.events import (
    Ask,
    Cancel,
    CheckGate,
    Command,
    Contradiction,
    Doubted,
    Event,
    GateClosed,
    GateOpened,
    Lost,
    NoAnswer,
    NotKnown,
    Place,
    Refused,
    Reported,
    Step,
)
from services.execution.domain.order import FINAL, Fill, Order, Phase, State, Terms
from sextant.core.time import MILLISECOND, SECOND

_FIRST_PAUSE_NS: Final = 50 * MILLISECOND
_LONGEST_PAUSE_NS: Final = 2 * SECOND
#: Denials that are needed at least, however long the horizon: one query may have met a replica that lags.
_DENIALS: Final = 3
#: About five seconds of asking.
_ACKNOWLEDGED_DENIALS: Final = 8


@dataclass(frozen=True, slots=True)
class Rules:
    """`horizon_ns`: how long a venue must deny an order before it counts as never received (at least 10 s at real venues)."""

    horizon_ns: int = 10 * SECOND


def begin(terms: Terms, gate: GateOpened | GateClosed) -> Step:
    """Return a new order as it is journalled before anything is sent."""
    if isinstance(gate, GateClosed):
        order = Order(terms, State.NOT_SENT, Phase.DONE, reason=gate.reason, gate_time_ns=gate.time_ns)
        return Step(order, is_revised=True)
    order = Order(terms, State.PENDING, Phase.NEW, gate_time_ns=gate.time_ns)
    return Step(order, is_revised=True, commands=(CheckGate(),))


def apply(order: Order, event: Event, rules: Rules) -> Step:
    """Return what an event makes of an order. Raises Contradiction when the venue's facts exclude each other."""
    match event:
        case Reported():
            return _reported(order, event)
        case GateOpened():
            return _gate_opened(order, event)
        case GateClosed():
            return _gate_closed(order, event)
        case Refused():
            return _refused(order, event)
        case Lost() | Doubted():
            return _lost(order, event)
        case NotKnown():
            return _not_known(order, event, rules)
        case NoAnswer():
            return _ask_again(order)


def _gate_opened(order: Order, event: GateOpened) -> Step:
    if order.phase is not Phase.NEW:
        return Step(order)
    return Step(replace(order, phase=Phase.CALLING, gate_time_ns=event.time_ns), commands=(Place(),))


def _gate_closed(order: Order, event: GateClosed) -> Step:
    if order.phase is not Phase.NEW:
        return Step(order)
    return _revise(
        order, state=State.NOT_SENT, phase=Phase.DONE, reason=event.reason, gate_time_ns=event.time_ns
    )


def _refused(order: Order, event: Refused) -> Step:
    if order.phase is not Phase.CALLING:
        return Step(order)
    return _revise(order, state=State.REJECTED, phase=Phase.DONE, reason=event.reason)


def _lost(order: Order, event: Lost | Doubted) -> Step:
    if order.phase not in (Phase.CALLING, Phase.LIVE):
        return Step(order)
    asking = replace(order, phase=Phase.ASKING, asking_since_ns=event.now_ns, asked=0, denied=0)
    ask = (Ask(_pause_ns(0)),)
    # Of an acknowledged order the progress is in doubt, not its existence: its last state stands until the answer.
    if order.is_acknowledged or order.state is State.UNKNOWN:
        return Step(asking, commands=ask)
    return _revise(asking, ask, state=State.UNKNOWN, reason=event.cause)


def _not_known(order: Order, event: NotKnown, rules: Rules) -> Step:
    if order.phase is not Phase.ASKING:
        return Step(order)
    asked = replace(order, asked=order.asked + 1, denied=order.denied + 1)
    ask = (Ask(_pause_ns(asked.asked)),)
    if order.is_acknowledged:
        return _denied(asked, ask)
    if event.now_ns - order.asking_since_ns >= rules.horizon_ns and asked.denied >= _DENIALS:
        return _never_received(asked)
    return Step(asked, commands=ask)


def _never_received(order: Order) -> Step:
    if order.terms.is_operators:
        # What it was to close may be closed under another id by now: the next pass decides from the balances.
        reason = "the venue never received it"
        return _revise(order, state=State.NOT_SENT, phase=Phase.DONE, reason=reason)
    return Step(replace(order, phase=Phase.NEW), commands=(CheckGate(),))


def _denied(order: Order, ask: tuple[Command, ...]) -> Step:
    """The venue acknowledged the order and denies it now: never a reason to place it again."""
    if order.denied < _ACKNOWLEDGED_DENIALS or order.state is State.UNKNOWN:
        return Step(order, commands=ask)
    reason = "the venue acknowledged the order and now denies it"
    return _revise(order, ask, state=State.UNKNOWN, reason=reason)


def _ask_again(order: Order) -> Step:
    if order.phase is not Phase.ASKING:
        return Step(order)
    asked = replace(order, asked=order.asked + 1)
    return Step(asked, commands=(Ask(_pause_ns(asked.asked)),))


def _reported(order: Order, event: Reported) -> Step:
    new = _new_fills(order, event)
    known = _with_facts(order, event, new)
    if order.phase is Phase.DONE:
        return _late(order, known, event, new)
    moved = _settle(known)
    commands = (Ask(_pause_ns(moved.asked)),) if moved.phase is Phase.ASKING else ()
    if moved.state is order.state and not new and moved.venue_order_id == order.venue_order_id:
        return Step(moved, commands=commands)
    return Step(replace(moved, revision=order.revision + 1), True, new, commands)


def _late(order: Order, known: Order, event: Reported, new: tuple[Fill, ...]) -> Step:
    """A final state stays; what the venue did all the same is counted, asked for, or cancelled."""
    commands: tuple[Command, ...] = () if known.is_settled else (Ask(_pause_ns(0)),)
    if order.state in (State.NOT_SENT, State.REJECTED) and event.status not in FINAL:
        commands = (*commands, Cancel())
    if new:
        return Step(replace(known, revision=order.revision + 1), True, new, commands)
    return Step(order, commands=commands)


def _new_fills(order: Order, event: Reported) -> tuple[Fill, ...]:
    unique = {fill.fill_id: fill for fill in event.fills if fill.fill_id not in order.fills}
    return tuple(unique.values())


def _with_facts(order: Order, event: Reported, new: tuple[Fill, ...]) -> Order:
    filled = order.filled + sum((fill.quantity for fill in new), start=Decimal(0))
    reported = max(order.reported_filled, event.filled)
    if max(filled, reported) > order.terms.quantity:
        detail = f"filled {max(filled, reported)} of {order.terms.quantity} ordered"
        raise Contradiction(client_order_id=order.terms.client_order_id, detail=detail)
    ended = order.ended or (event.status if event.status in FINAL else None)
    return replace(
        order,
        fills={**order.fills, **{fill.fill_id: fill.quantity for fill in new}} if new else order.fills,
        filled=filled,
        reported_filled=reported,
        ended=ended,
        is_acknowledged=True,
        venue_order_id=event.venue_order_id or order.venue_order_id,
        reason=event.reason or ("" if order.state is State.UNKNOWN else order.reason),
        exchange_time_ns=max(order.exchange_time_ns, event.exchange_time_ns),
    )


def _settle(order: Order) -> Order:
    """Return the order in the state that its facts add up to."""
    if order.filled == order.terms.quantity:
        return replace(order, state=State.FILLED, phase=Phase.DONE)
    if order.ended is not None and order.is_settled and order.ended is not State.FILLED:
        return replace(order, state=order.ended, phase=Phase.DONE)
    state = State.PARTIALLY_FILLED if order.filled else State.OPEN
    if order.is_settled and order.ended is None:
        return replace(order, state=state, phase=Phase.LIVE, asked=0, denied=0)
    # The venue spoke of fills that nobody has seen: a final state waits until it was asked for them.
    return replace(order, state=state, phase=Phase.ASKING, asked=order.asked + 1)


def _revise(order: Order, commands: tuple[Command, ...] = (), **changes: object) -> Step:
    after = replace(order, revision=order.revision + 1, **changes)  # type: ignore[arg-type]  # names are checked by replace
    return Step(after, is_revised=True, commands=commands)


def _pause_ns(asked: int) -> int:
    return int(min(_LONGEST_PAUSE_NS, _FIRST_PAUSE_NS * (1 << min(asked, 10))))
