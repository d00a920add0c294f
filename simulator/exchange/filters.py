"""The rules of a market that an order must keep before anything else is looked at."""

from decimal import Decimal

from simulator.exchange.interface import ExchangeRefusal, Market, RefusalCode
from simulator.exchange.orders import OrderRequest, OrderType

# Wide enough to stop nobody, narrow enough for exact arithmetic in the 28 digits of a Decimal.
MAX_PRICE_TICKS = 10**9
BALANCE_DECIMALS = 8
MAX_NOTIONAL = Decimal(1_000_000_000)


def check_market(market: Market) -> None:
    """Raise ValueError when the market's own rules do not allow exact amounts."""
    for name, value in (("tick", market.tick), ("lot", market.lot), ("max_quantity", market.max_quantity)):
        if value <= 0:
            raise ValueError(f"{market.symbol}.{name}: expected above zero, was {value}")
    decimals = -int(market.tick.normalize().as_tuple().exponent) - int(
        market.lot.normalize().as_tuple().exponent
    )
    if decimals > BALANCE_DECIMALS:
        raise ValueError(
            f"{market.symbol}: expected tick and lot of at most {BALANCE_DECIMALS} decimals together, was {decimals}"
        )


def price_ticks(market: Market, request: OrderRequest) -> int:
    """Return the limit price in ticks; zero for a market order. Raises ExchangeRefusal(PRICE_FILTER)."""
    if request.type is OrderType.MARKET:
        return 0
    price = request.price
    if price is None or not _is_multiple(price, market.tick) or price > MAX_PRICE_TICKS * market.tick:
        raise ExchangeRefusal(
            RefusalCode.PRICE_FILTER, f"price: expected a multiple of {market.tick} above zero, was {price}"
        )
    return int(price / market.tick)


def quantity_lots(market: Market, quantity: Decimal | None) -> int:
    """Return a quantity in lots. Raises ExchangeRefusal(LOT_SIZE)."""
    if quantity is None or not _is_multiple(quantity, market.lot) or quantity > market.max_quantity:
        raise ExchangeRefusal(
            RefusalCode.LOT_SIZE,
            f"quantity: expected a multiple of {market.lot} in (0, {market.max_quantity}], was {quantity}",
        )
    return int(quantity / market.lot)


def check_notional(market: Market, notional: Decimal) -> None:
    """Raise ExchangeRefusal(NOTIONAL) when an order is worth less or more than the market allows."""
    if not market.min_notional <= notional <= MAX_NOTIONAL:
        raise ExchangeRefusal(
            RefusalCode.NOTIONAL,
            f"notional: expected within [{market.min_notional}, {MAX_NOTIONAL}], was {notional}",
        )


def _is_multiple(value: Decimal, step: Decimal) -> bool:
    # A value with more digits than fit beside the step cannot be a legal one, and `%` would refuse it.
    return value.is_finite() and value > 0 and value.adjusted() - step.adjusted() < 20 and value % step == 0
