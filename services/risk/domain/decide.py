"""The order of the checks, and the answer."""

from __future__ import annotations

import decimal
from decimal import Decimal

from services.risk.domain.exposure import Unvalued
from services.risk.domain.gates import GATES
from services.risk.domain.limits import LIMITS
from services.risk.domain.money import divide_up
from services.risk.domain.question import Admitted, Question, admit
from services.risk.domain.sizing import limit_price, price_near_fix, sized, time_in_force
from services.risk.domain.values import Approved, Decision, Finding, RefusalCode, Refused, Terms
from sextant.core.decimals import LEDGER_CONTEXT
from sextant.core.identity import client_order_id


class _Refusal(Exception):
    """A finding that ends the run of the checks."""


class _Trail:
    """The findings so far; the first refusal ends the run."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def add(self, finding: Finding) -> None:
        self.findings.append(finding)
        if finding.refusal is not None:
            raise _Refusal


def decide(question: Question) -> Decision:
    """Answer an intent. Pure: the reservations are read, never moved. Every check that ran is in the findings, in order."""
    trail = _Trail()
    outcome: Approved | Refused
    with decimal.localcontext(LEDGER_CONTEXT):
        try:
            outcome = _run(question, trail)
        except Unvalued as missing:
            # Fail closed: what cannot be valued cannot be bounded.
            trail.findings.append(Finding("valuation", str(missing), "missing", RefusalCode.STALE))
            outcome = _refused(trail)
        except _Refusal:
            outcome = _refused(trail)
    return Decision(outcome, question.breaker_epoch, question.is_reducing, tuple(trail.findings))


def _run(question: Question, trail: _Trail) -> Approved:
    for gate in GATES:
        trail.add(gate(question))
    admitted = admit(question)
    terms = _terms(admitted, trail)
    for check in LIMITS:
        trail.add(check(admitted, terms))
    return _approved(admitted, terms)


def _terms(admitted: Admitted, trail: _Trail) -> Terms:
    intent, limits = admitted.intent, admitted.rules.limits
    price = limit_price(
        admitted.instrument, intent.side, intent.urgency, intent.bid, intent.ask, limits.take_slippage_bp
    )
    if price is None:
        trail.add(Finding("price", "a bid and an ask", f"{intent.bid} / {intent.ask}", RefusalCode.QUALITY))
    assert price is not None
    trail.add(price_near_fix(admitted, price))
    quantity, finding = sized(admitted, price)
    trail.add(finding)
    return Terms(quantity, price, time_in_force(intent.urgency))


def _approved(admitted: Admitted, terms: Terms) -> Approved:
    intent, limits = admitted.intent, admitted.rules.limits
    return Approved(
        client_order_id=client_order_id(intent.intent_id),
        venue_account=admitted.account.name,
        terms=terms,
        valid_until_ns=min(intent.valid_until_ns, intent.event_time_ns + limits.approval_valid_ns),
        reserved_notional=_reserved(admitted, terms),
    )


def _reserved(admitted: Admitted, terms: Terms) -> Decimal:
    """Return the order's value in the portfolio's currency, rounded up where the currencies differ."""
    instrument, exposure = admitted.instrument, admitted.exposure
    value = instrument.notional(terms.limit_price, terms.quantity)
    if instrument.quote == admitted.rules.currency:
        return value
    return divide_up(value * exposure.rate(instrument.quote), exposure.rate(admitted.rules.currency))


def _refused(trail: _Trail) -> Refused:
    last = trail.findings[-1]
    assert last.refusal is not None
    return Refused(last.refusal, last.limit, last.value)
