"""Everything that one decision may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.risk.domain.exposure import Exposure
from services.risk.domain.money import Rates
from services.risk.domain.reservations import Reservations
from services.risk.domain.values import Account, Breaker, Intent, Portfolio, Rules
from sextant.core.instruments import Instrument, InstrumentKind, Side


@dataclass(frozen=True, slots=True)
class Question:
    """An intent and what is known when it is judged; None is what was never seen.

    `newest_event_ns` is the newest event time of any intent so far; `newest_version` the portfolio's newest version so far;
    `silent` the side inputs that must speak and did not; `halted_by` an operator's order that the breakers may not show yet;
    `trials_used` the orders with new risk approved at breaker epoch `trial_epoch`.
    """

    intent: Intent
    rules: Rules | None
    venue: str
    instrument: Instrument | None
    portfolio: Portfolio | None
    global_breaker: Breaker | None
    own_breaker: Breaker | None
    silent: tuple[str, ...]
    halted_by: str
    newest_event_ns: int
    newest_version: int
    size_multiplier: float
    trial_epoch: int
    trials_used: int
    reservations: Reservations
    instruments: Mapping[str, Instrument]
    rates: Rates

    @property
    def is_reducing(self) -> bool:
        """Whether the order may only reduce: it says so, or it sells on spot, where portfolios are long-only."""
        is_spot = self.instrument is not None and self.instrument.kind is InstrumentKind.SPOT
        return self.intent.is_reduce_only or (is_spot and self.intent.side is Side.SELL)

    @property
    def breaker_epoch(self) -> int:
        """The epoch of the breakers' joint state: one counter gives out the epochs of all scopes, so the greater one names it."""
        return max(
            (each.epoch for each in (self.global_breaker, self.own_breaker) if each is not None), default=0
        )

    @property
    def trials(self) -> int:
        """How many orders with new risk were approved at the current breaker epoch."""
        return self.trials_used if self.trial_epoch == self.breaker_epoch else 0


@dataclass(frozen=True, slots=True)
class Admitted:
    """A question that passed the gates: what sizing and limits stand on is there."""

    question: Question
    intent: Intent
    rules: Rules
    account: Account
    instrument: Instrument
    portfolio: Portfolio
    exposure: Exposure

    @property
    def is_reducing(self) -> bool:
        return self.question.is_reducing


def admit(question: Question) -> Admitted:
    """Narrow a question that passed every gate."""
    rules, instrument, portfolio = question.rules, question.instrument, question.portfolio
    assert rules is not None
    assert instrument is not None
    assert portfolio is not None
    account = rules.accounts[question.venue]
    exposure = Exposure(portfolio, question.reservations, question.instruments, question.rates)
    return Admitted(question, question.intent, rules, account, instrument, portfolio, exposure)
