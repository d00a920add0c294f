"""What risk remembers: per portfolio the orders on the way and the trial, and what operators halted."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from services.risk.domain.reservations import Reservations
from services.risk.domain.values import Approved, Decision, Intent
from sextant.core.instruments import Side
from sextant.core.scopes import lifts


@dataclass(slots=True)
class Book:
    """One portfolio. `trials_used` counts the orders with new risk approved at breaker epoch `trial_epoch`."""

    reservations: Reservations = field(default_factory=Reservations)
    newest_version: int = 0
    trial_epoch: int = 0
    trials_used: int = 0

    def trials_at(self, epoch: int) -> int:
        """Return how many orders with new risk were approved at a breaker epoch."""
        return self.trials_used if epoch == self.trial_epoch else 0

    def take(self, intent: Intent, decision: Decision) -> None:
        """Remember an approval; a refusal changes nothing."""
        approved = decision.outcome
        if not isinstance(approved, Approved):
            return
        if not decision.is_reducing:
            self.trials_used = self.trials_at(decision.breaker_epoch) + 1
            self.trial_epoch = decision.breaker_epoch
        self._reserve(intent.instrument, intent.side, approved, approved.terms.limit_price)

    def _reserve(self, instrument: str, side: Side, approved: Approved, price: Decimal) -> None:
        self.reservations.reserve(
            approved.client_order_id, approved.venue_account, instrument, side, approved.terms.quantity, price
        )


@dataclass(slots=True)
class Halts:
    """Scopes that operators halted, until a newer RESUME: the breakers say the same half a second later."""

    halted_by: dict[str, str] = field(default_factory=dict)
    newest_ns: dict[str, int] = field(default_factory=dict)

    def halt(self, scope: str, order: str, command_time_ns: int) -> None:
        self.halted_by[scope] = order
        self.newest_ns[scope] = max(self.newest_ns.get(scope, 0), command_time_ns)

    def resume(self, scope: str, command_time_ns: int) -> bool:
        """Lift the halts that `lifts` says; False for an order that is not newer than its scope's last one."""
        if command_time_ns <= self.newest_ns.get(scope, 0):
            return False
        self.newest_ns[scope] = command_time_ns
        for halted in tuple(self.halted_by):
            if halted == scope or lifts(scope, command_time_ns, halted, self.newest_ns[halted]):
                del self.halted_by[halted]
        return True

    def over(self, *scopes: str) -> str:
        """Return who halted the first halted one of the scopes; empty when none is."""
        return next(
            (f"{self.halted_by[scope]} on {scope}" for scope in scopes if scope in self.halted_by), ""
        )
