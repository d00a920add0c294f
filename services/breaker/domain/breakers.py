"""The breakers of a platform: one for everything, one for each portfolio. Event times and money arrive as arguments."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from sextant.core.decimals import LEDGER_CONTEXT, to_text
from sextant.core.scopes import GLOBAL, lifts, portfolio_scope


class State(Enum):
    """State of a breaker; values equal the wire's."""

    CLOSED = 1
    OPEN = 2
    HALF_OPEN = 3


class Order(Enum):
    """What an operator may order of a breaker."""

    HALT = "HALT"
    FLAT_ALL = "FLAT_ALL"
    RESUME = "RESUME"


@dataclass(frozen=True, slots=True)
class Equity:
    """What the ledger says of a portfolio on one of its UTC days; None stands for a number that is not finite."""

    day: int
    equity: Decimal | None
    day_start: Decimal | None


@dataclass(frozen=True, slots=True)
class Breaker:
    """One breaker. `epoch` comes from one counter of all breakers: the greater of two epochs names their joint state.

    `trial_until_ns`: None is no trial, -1 a trial that the next timer starts. `accepted` is the equity at which an operator
    resumed after a loss: until the day ends the loss counts from there.
    """

    scope: str
    epoch: int = 1
    operator_cause: str = ""
    loss_cause: str = ""
    loss_day: int = -1
    trial_until_ns: int | None = None
    accepted: Equity | None = None
    latest: Equity | None = None
    newest_command_ns: int = 0

    @property
    def state(self) -> State:
        if self.operator_cause or self.loss_cause:
            return State.OPEN
        return State.CLOSED if self.trial_until_ns is None else State.HALF_OPEN

    @property
    def cause(self) -> str:
        causes = [cause for cause in (self.operator_cause, self.loss_cause) if cause]
        if not causes and self.state is State.HALF_OPEN:
            return "trial after RESUME"
        return "; ".join(causes)


def ordered(breaker: Breaker, order: Order, operator: str, command_time_ns: int) -> Breaker | None:
    """Return the breaker after an operator's order; None when it is a RESUME that is not newer than the last order.

    A HALT is taken whenever it comes; an old RESUME sent again must not undo a newer HALT.
    """
    newest = max(breaker.newest_command_ns, command_time_ns)
    if order is not Order.RESUME:
        return replace(
            breaker,
            operator_cause=f"{order.value} by {operator}",
            trial_until_ns=None,
            newest_command_ns=newest,
        )
    if command_time_ns <= breaker.newest_command_ns:
        return None
    if breaker.state is not State.OPEN:
        return replace(breaker, newest_command_ns=newest)
    accepted = breaker.latest if breaker.loss_cause else breaker.accepted
    cleared = replace(breaker, operator_cause="", loss_cause="", accepted=accepted)
    return replace(cleared, trial_until_ns=-1, newest_command_ns=newest)


def resumed_with_all(breaker: Breaker, command_time_ns: int) -> Breaker:
    """Return a portfolio's breaker after a RESUME of everything: an operator's older order is lifted, a loss is not.

    A loss is the portfolio's own, and is accepted by naming the portfolio.
    """
    is_lifted = lifts(GLOBAL, command_time_ns, breaker.scope, breaker.newest_command_ns)
    if not breaker.operator_cause or not is_lifted:
        return breaker
    trial_until_ns = None if breaker.loss_cause else -1
    return replace(
        breaker, operator_cause="", trial_until_ns=trial_until_ns, newest_command_ns=command_time_ns
    )


def judged(breaker: Breaker, seen: Equity, maximum_loss: Decimal) -> Breaker:
    """Return the breaker after a portfolio's equity was seen: it opens when the day's loss is above the maximum.

    A loss ends with the ledger's UTC day, whose start the loss is measured from. Records of a day that is over say nothing.
    """
    if breaker.latest is not None and seen.day < breaker.latest.day:
        return breaker
    after = replace(breaker, latest=seen)
    if after.accepted is not None and after.accepted.day < seen.day:
        after = replace(after, accepted=None)
    if after.loss_cause and after.loss_day < seen.day:
        after = replace(after, loss_cause="", loss_day=-1)
    if after.loss_cause:
        return after
    cause = _loss(after, seen, maximum_loss)
    return replace(after, loss_cause=cause, loss_day=seen.day, trial_until_ns=None) if cause else after


def ticked(breaker: Breaker, now_ns: int, trial_ns: int) -> Breaker:
    """Return the breaker at an event time: a trial starts, or ends well."""
    if breaker.trial_until_ns is None:
        return breaker
    if breaker.trial_until_ns < 0:
        return replace(breaker, trial_until_ns=now_ns + trial_ns)
    return replace(breaker, trial_until_ns=None) if now_ns >= breaker.trial_until_ns else breaker


def _loss(breaker: Breaker, seen: Equity, maximum_loss: Decimal) -> str:
    start = seen.day_start if breaker.accepted is None else breaker.accepted.equity
    if seen.equity is None or start is None:
        return "" if _is_accepted_blind(breaker, seen) else "daily loss unknown: the equity is not a number"
    with decimal.localcontext(LEDGER_CONTEXT):
        loss = start - seen.equity
    return f"daily loss {to_text(loss)} above {to_text(maximum_loss)}" if loss > maximum_loss else ""


def _is_accepted_blind(breaker: Breaker, seen: Equity) -> bool:
    """Whether an operator resumed while the equity was not a number either: it is not a new cause then."""
    return breaker.accepted is not None and breaker.accepted.equity is None and seen.equity is None


class Breakers:
    """All breakers by scope: gives out epochs, says which breakers changed their state."""

    def __init__(self, maximum_losses: Mapping[str, Decimal], trial_ns: int) -> None:
        """`maximum_losses` is by portfolio, in its currency; `trial_ns` is how long HALF_OPEN lasts."""
        self._losses, self._trial_ns = dict(maximum_losses), trial_ns
        scopes = (GLOBAL, *(portfolio_scope(name) for name in sorted(maximum_losses)))
        self.by_scope = {scope: Breaker(scope) for scope in scopes}
        self.epoch, self.now_ns, self.refused_commands = 1, 0, 0

    def order(self, scope: str, order: Order, operator: str, command_time_ns: int) -> tuple[Breaker, ...]:
        """Obey a verified order; return the breakers that changed their state. What cannot be obeyed is counted."""
        breaker = self.by_scope.get(scope)
        after = None if breaker is None else ordered(breaker, order, operator, command_time_ns)
        if after is None:
            self.refused_commands += 1
            return ()
        moved = [after]
        if scope == GLOBAL and order is Order.RESUME:
            moved += [
                resumed_with_all(each, command_time_ns)
                for each in self.by_scope.values()
                if each.scope != GLOBAL
            ]
        return tuple(changed for each in moved if (changed := self._put(each)) is not None)

    def judge(self, portfolio: str, seen: Equity) -> Breaker | None:
        """Look at a portfolio's equity; return its breaker if its state changed. Unknown portfolios are none of ours."""
        breaker = self.by_scope.get(portfolio_scope(portfolio))
        return None if breaker is None else self._put(judged(breaker, seen, self._losses[portfolio]))

    def tick(self, now_ns: int) -> tuple[Breaker, ...]:
        """Move event time on; return every breaker, the global one first."""
        self.now_ns = max(self.now_ns, now_ns)
        for breaker in tuple(self.by_scope.values()):
            self._put(ticked(breaker, self.now_ns, self._trial_ns))
        return tuple(self.by_scope.values())

    def _put(self, after: Breaker) -> Breaker | None:
        is_changed = after.state is not self.by_scope[after.scope].state
        if is_changed:
            self.epoch += 1
            after = replace(after, epoch=self.epoch)
        self.by_scope[after.scope] = after
        return after if is_changed else None
