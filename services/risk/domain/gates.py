"""Checks before an intent is sized: is what we would stand on there, fresh and good?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from services.risk.domain.question import Question
from services.risk.domain.values import Finding, RefusalCode
from sextant.core.vocabulary import BreakerState


def portfolio_is_ours(question: Question) -> Finding:
    """The portfolio is configured and has an account at the venue."""
    rules = question.rules
    accounts = "nothing: not configured" if rules is None else ", ".join(sorted(rules.accounts)) or "no venue"
    is_passed = rules is not None and question.venue in rules.accounts
    return Finding(
        "portfolio",
        f"an account at {question.venue or 'a venue'}",
        f"{question.intent.portfolio} trades {accounts}",
        None if is_passed else RefusalCode.PORTFOLIO,
    )


def instrument_is_trading(question: Question) -> Finding:
    """The instrument is known and takes orders."""
    instrument = question.instrument
    value = "unknown" if instrument is None else ("trading" if instrument.is_trading else "not trading")
    return Finding("instrument", "trading", value, None if value == "trading" else RefusalCode.INSTRUMENT)


def everything_is_fresh(question: Question) -> Finding:
    """The intent has not expired, the fix is young, portfolio and breakers are there, go forward and speak."""
    stale = _what_is_stale(question)
    if stale is not None:
        return Finding("staleness", stale[0], stale[1], RefusalCode.STALE)
    return Finding("staleness", "intent, fix, portfolio and breakers fresh", "fresh")


def breakers_allow(question: Question) -> Finding:
    """An open breaker or an operator's halt lets only reducing orders pass, a trial only a few others."""
    states = {each.state for each in (question.global_breaker, question.own_breaker) if each is not None}
    if question.is_reducing:
        return Finding("breaker", "none for reducing orders", _breaker_value(question))
    if question.halted_by:
        return Finding("breaker", "no halt by an operator", question.halted_by, RefusalCode.PORTFOLIO)
    if BreakerState.OPEN in states:
        return Finding("breaker", "not OPEN", _breaker_value(question), RefusalCode.BREAKER_OPEN)
    assert question.rules is not None
    allowed = question.rules.limits.trial_orders
    if BreakerState.HALF_OPEN in states and question.trials >= allowed:
        used = f"{question.trials} orders in the trial"
        return Finding("breaker", f"{allowed} orders in a HALF_OPEN trial", used, RefusalCode.BREAKER_OPEN)
    return Finding("breaker", "not OPEN", _breaker_value(question))


def fix_is_good(question: Question) -> Finding:
    """The fix has its quorum (reducing orders pass on a DEGRADED one) and the venue's verdict is VALID."""
    fix, rules = question.intent.fix, question.rules
    assert rules is not None
    limit = f"a GOOD fix in {question.rates.currency} of {rules.quorum} venues, verdict VALID"
    if (
        fix is None
        or not math.isfinite(fix.price)
        or fix.price <= 0
        or fix.currency != question.rates.currency
    ):
        return Finding("quality", limit, "no usable fix", RefusalCode.QUALITY)
    is_good = fix.is_good and fix.venues >= rules.quorum
    is_passed = question.intent.is_verdict_valid and (is_good or question.is_reducing)
    value = (
        f"{'GOOD' if fix.is_good else 'DEGRADED'} of {fix.venues} venues, verdict {question.intent.verdict}"
    )
    return Finding("quality", limit, value, None if is_passed else RefusalCode.QUALITY)


GATES: Final[tuple[Callable[[Question], Finding], ...]] = (
    portfolio_is_ours,
    instrument_is_trading,
    everything_is_fresh,
    breakers_allow,
    fix_is_good,
)


def _what_is_stale(question: Question) -> tuple[str, str] | None:
    intent, rules = question.intent, question.rules
    assert rules is not None
    if question.silent:
        return "side inputs that speak", f"silent: {', '.join(question.silent)}"
    if question.portfolio is None:
        return "a portfolio record", "none seen"
    if question.portfolio.version < question.newest_version:
        return f"portfolio version at least {question.newest_version}", str(question.portfolio.version)
    if question.global_breaker is None or question.own_breaker is None:
        return "the global and the portfolio's breaker", "not both seen"
    if intent.valid_until_ns < question.newest_event_ns:
        return f"valid until at least {question.newest_event_ns} ns", f"{intent.valid_until_ns} ns"
    if intent.fix is not None:
        age_ns = intent.event_time_ns - intent.fix.event_time_ns
        if age_ns > rules.limits.stale_after_ns:
            return f"fix at most {rules.limits.stale_after_ns} ns old", f"{age_ns} ns"
    return None


def _breaker_value(question: Question) -> str:
    both = (question.global_breaker, question.own_breaker)
    words = [f"{each.scope} {each.state.name}" for each in both if each is not None]
    return ", ".join([*words, *([f"halted: {question.halted_by}"] if question.halted_by else [])])
