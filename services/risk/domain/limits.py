"""Checks of a sized order. Reducing orders are exempt from what bounds new risk, and say so."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from services.risk.domain.exposure import collateral, order_needs
from services.risk.domain.money import show
from services.risk.domain.question import Admitted
from services.risk.domain.values import Finding, RefusalCode, Terms, TimeInForce
from sextant.core.decimals import ZERO
from sextant.core.instruments import InstrumentKind

_EXEMPT: Final = "none for reducing orders"


def above_minimum(admitted: Admitted, terms: Terms) -> Finding:
    """The venue takes an order of this value, and the quantity is above zero."""
    minimum, quote = admitted.instrument.minimum_notional, admitted.instrument.quote
    value = admitted.instrument.notional(terms.limit_price, terms.quantity)
    refusal = None if value >= minimum else RefusalCode.BELOW_MINIMUM
    return Finding("minimum", f"at least {show(minimum)} {quote}", show(value), refusal)


def order_within_limit(admitted: Admitted, terms: Terms) -> Finding:
    """The order's value is at most the limit."""
    limit, value = (
        admitted.rules.limits.maximum_order_notional,
        _in_fix(admitted, terms.limit_price, terms.quantity),
    )
    return _bounded(admitted, "order_notional", limit, value, RefusalCode.NOTIONAL_ABOVE_LIMIT)


def position_within_limit(admitted: Admitted, terms: Terms) -> Finding:
    """The position with everything on the way and this order filled is worth at most the limit on the side that grows."""
    reach = admitted.exposure.on_side(admitted.instrument.name, admitted.intent.side) + terms.quantity
    value = _in_fix(admitted, terms.limit_price, max(reach, ZERO))
    limit = admitted.rules.limits.maximum_position_notional
    return _bounded(admitted, "position", limit, value, RefusalCode.POSITION_ABOVE_LIMIT)


def gross_within_limit(admitted: Admitted, terms: Terms) -> Finding:
    """The worst values of all instruments together are at most the limit."""
    if admitted.is_reducing:
        return Finding("gross", _EXEMPT, "not computed")
    name, exposure = admitted.instrument.name, admitted.exposure
    reach = exposure.on_side(name, admitted.intent.side) + terms.quantity
    own = _in_fix(admitted, terms.limit_price, max(reach, exposure.worst(name)))
    limit = admitted.rules.limits.maximum_gross_notional
    return _bounded(admitted, "gross", limit, own + exposure.gross(name), RefusalCode.POSITION_ABOVE_LIMIT)


def balance_suffices(admitted: Admitted, terms: Terms) -> Finding:
    """The venue account holds what the order needs beside everything on the way, fees included."""
    instrument, account = admitted.instrument, admitted.account
    if admitted.is_reducing and instrument.kind is not InstrumentKind.SPOT:
        return Finding("balance", _EXEMPT, "not computed")
    is_maker = terms.time_in_force is TimeInForce.POST_ONLY
    fee = max(account.maker_fee if is_maker else account.taker_fee, ZERO)
    needs = order_needs(instrument, admitted.intent.side, terms.limit_price, terms.quantity, fee)
    ((asset, needed),) = needs.items()
    if instrument.kind is not InstrumentKind.SPOT:
        needed += collateral(instrument, terms.limit_price, terms.quantity)
    free = admitted.portfolio.balance(account.name, asset)
    free -= admitted.exposure.committed(account, admitted.question.venue, asset)
    refusal = None if needed <= free else RefusalCode.BALANCE
    return Finding("balance", f"{show(free)} {asset} free at {account.name}", show(needed), refusal)


def few_in_flight(admitted: Admitted, terms: Terms) -> Finding:
    """There is room for one more order that may still be filled."""
    if admitted.is_reducing:
        return Finding("orders_in_flight", _EXEMPT, "not computed")
    count, most = admitted.exposure.reservations.in_flight(), admitted.rules.limits.maximum_orders_in_flight
    refusal = None if count < most else RefusalCode.ORDERS_IN_FLIGHT
    return Finding("orders_in_flight", f"fewer than {most}", str(count), refusal)


LIMITS: Final[tuple[Callable[[Admitted, Terms], Finding], ...]] = (
    above_minimum,
    order_within_limit,
    position_within_limit,
    gross_within_limit,
    balance_suffices,
    few_in_flight,
)


def _in_fix(admitted: Admitted, price: Decimal, quantity: Decimal) -> Decimal:
    return admitted.instrument.notional(price, quantity) * admitted.exposure.rate(admitted.instrument.quote)


def _bounded(admitted: Admitted, check: str, limit: Decimal, value: Decimal, code: RefusalCode) -> Finding:
    """Compare a value in the fix's currency with a limit in the portfolio's."""
    shown = f"{show(value)} {admitted.exposure.rates.currency}"
    if admitted.is_reducing:
        return Finding(check, _EXEMPT, shown)
    bound = limit * admitted.exposure.rate(admitted.rules.currency)
    return Finding(
        check, f"at most {show(limit)} {admitted.rules.currency}", shown, code if value > bound else None
    )
