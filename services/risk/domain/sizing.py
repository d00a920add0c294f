"""From an intent to an order: limit price, distance to the fix, quantity."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

from services.risk.domain.money import BASIS_POINTS, ONE, basis_points, show, statistic, whole_steps
from services.risk.domain.question import Admitted
from services.risk.domain.values import Finding, RefusalCode, TimeInForce, Urgency
from sextant.core.decimals import ZERO, from_statistic
from sextant.core.instruments import Instrument, InstrumentKind, Side


def limit_price(
    instrument: Instrument, side: Side, urgency: Urgency, bid: float, ask: float, slippage_bp: Decimal
) -> Decimal | None:
    """Return the order's limit on the tick; None without a two-sided quote above zero.

    TAKE goes through the touch by at most the slippage (rounded so that it is never more); REST lies at the own touch.
    """
    if not (math.isfinite(bid) and math.isfinite(ask) and bid > 0 and ask > 0):
        return None
    best_bid, best_ask = _on_tick(bid, instrument), _on_tick(ask, instrument)
    slip = slippage_bp / BASIS_POINTS if urgency is Urgency.TAKE else ZERO
    if side is Side.BUY:
        touch = best_ask if urgency is Urgency.TAKE else best_bid
        price = instrument.price_floor(touch * (ONE + slip))
    else:
        touch = best_bid if urgency is Urgency.TAKE else best_ask
        price = instrument.price_ceil(touch * (ONE - slip))
    return price if price > 0 else None


def time_in_force(urgency: Urgency) -> TimeInForce:
    """Return how long an order of this urgency lives."""
    return TimeInForce.IOC if urgency is Urgency.TAKE else TimeInForce.POST_ONLY


def price_near_fix(admitted: Admitted, price: Decimal) -> Finding:
    """The limit price, in the fix's currency, lies within the allowed distance from the fix."""
    fix = admitted.intent.fix
    assert fix is not None
    fix_price, maximum = statistic(fix.price), admitted.rules.limits.maximum_fix_distance_bp
    distance = abs(price * admitted.exposure.rate(admitted.instrument.quote) - fix_price)
    is_far = fix_price <= 0 or distance * BASIS_POINTS > maximum * fix_price
    value = f"{basis_points(distance, fix_price)} bp" if fix_price > 0 else "a fix of zero"
    return Finding(
        "price", f"{show(maximum)} bp from the fix", value, RefusalCode.PRICE_FAR_FROM_FIX if is_far else None
    )


def sized(admitted: Admitted, price: Decimal) -> tuple[Decimal, Finding]:
    """Return the quantity, a multiple of the lot, and the finding; it is refused when nothing is left to order."""
    return _reducing(admitted, price) if admitted.is_reducing else _opening(admitted, price)


def _opening(admitted: Admitted, price: Decimal) -> tuple[Decimal, Finding]:
    strength = min(max(admitted.intent.strength, 0.0), 1.0)
    raw = admitted.question.size_multiplier
    multiplier = min(max(raw, 0.0), 1.0) if math.isfinite(raw) else 0.0
    quantity = _unit_quantity(admitted, price, statistic(strength) * statistic(multiplier))
    limit = (
        f"{show(admitted.rules.limits.unit_notional)} {admitted.rules.currency} x {strength} x {multiplier}"
    )
    return quantity, Finding(
        "size", limit, show(quantity), None if quantity > 0 else RefusalCode.BELOW_MINIMUM
    )


def _reducing(admitted: Admitted, price: Decimal) -> tuple[Decimal, Finding]:
    """Strength 0 closes; otherwise the unit size, or all of it where the rest would be too small to sell later."""
    instrument, side = admitted.instrument, admitted.intent.side
    reducible = admitted.exposure.reducible(instrument.name, side)
    if reducible <= 0:
        return ZERO, Finding("size", "a position to reduce", show(reducible), RefusalCode.NOTHING_TO_REDUCE)
    most = instrument.quantity_floor(max(min(reducible, _goods(admitted)), ZERO))
    strength = min(max(admitted.intent.strength, 0.0), 1.0)
    wanted = most if strength == 0 else min(most, _unit_quantity(admitted, price, statistic(strength)))
    if instrument.notional(price, most - wanted) < max(instrument.minimum_notional, ZERO):
        wanted = most
    limit = f"at most {show(reducible)} reducible"
    return wanted, Finding("size", limit, show(wanted), None if wanted > 0 else RefusalCode.BELOW_MINIMUM)


def _goods(admitted: Admitted) -> Decimal:
    """Return what can be delivered: on spot the free base asset at the venue account, elsewhere there is no such bound."""
    instrument = admitted.instrument
    if instrument.kind is not InstrumentKind.SPOT or admitted.intent.side is Side.BUY:
        return admitted.exposure.reducible(instrument.name, admitted.intent.side)
    held = admitted.portfolio.balance(admitted.account.name, instrument.base)
    return held - admitted.exposure.committed(admitted.account, admitted.question.venue, instrument.base)


def _unit_quantity(admitted: Admitted, price: Decimal, share: Decimal) -> Decimal:
    """Return the unit size times a share of it as a whole number of lots, rounded down."""
    instrument, exposure = admitted.instrument, admitted.exposure
    money = admitted.rules.limits.unit_notional * exposure.rate(admitted.rules.currency) * share
    lot_value = instrument.notional(price, instrument.lot) * exposure.rate(instrument.quote)
    return whole_steps(money, lot_value) * instrument.lot


def _on_tick(price: float, instrument: Instrument) -> Decimal:
    return from_statistic(price, instrument.tick, ROUND_HALF_EVEN)
