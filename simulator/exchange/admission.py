"""Decides whether an order may enter: market rules, client id, worth, post-only; and what it has to reserve."""

from decimal import Decimal

from simulator.exchange.accounts import Account
from simulator.exchange.filters import check_notional, price_ticks, quantity_lots
from simulator.exchange.interface import ExchangeRefusal, RefusalCode, Side
from simulator.exchange.listed import ListedMarket
from simulator.exchange.orders import Order, OrderRequest, OrderType
from simulator.exchange.settlement import reserve_for


def admit(
    request: OrderRequest, listed: ListedMarket, account: Account, client_order_id: str, now_ns: int
) -> Order:
    """Return the order, still without an id, or raise ExchangeRefusal; changes nothing."""
    if listed.is_halted:
        raise ExchangeRefusal(RefusalCode.MARKET_CLOSED, f"{request.symbol} is halted")
    if client_order_id in account.open_client_ids:
        raise ExchangeRefusal(RefusalCode.DUPLICATE_CLIENT_ORDER_ID, f"{client_order_id} is an open order's")
    market = listed.market
    ticks = price_ticks(market, request)
    if request.quote_quantity is not None:
        check_notional(market, request.quote_quantity)
    lots = _wanted_lots(request, listed)
    quantity = lots * market.lot
    price = ticks * market.tick if ticks else listed.reference_price(now_ns)
    if request.quote_quantity is None and price is not None:
        check_notional(market, quantity * price)
    if request.type is OrderType.LIMIT_MAKER and listed.book.crosses(request.side, ticks):
        raise ExchangeRefusal(RefusalCode.WOULD_TAKE, "a post-only order would match at once")
    return Order(0, request, client_order_id, ticks, lots, quantity, created_ns=now_ns, updated_ns=now_ns)


def reserve_of_new(listed: ListedMarket, order: Order) -> Decimal:
    """Return what an admitted order locks: a market buy exactly what the book would charge now."""
    if order.request.side is Side.BUY and not order.ticks:
        return listed.cost_of(Side.BUY, order.lots)[1]
    return reserve_for(listed.market, order)


def _wanted_lots(request: OrderRequest, listed: ListedMarket) -> int:
    if request.quote_quantity is None:
        return quantity_lots(listed.market, request.quantity)
    lots, is_exhausted = listed.lots_for(request.side, request.quote_quantity)
    if lots == 0 and not is_exhausted:
        raise ExchangeRefusal(
            RefusalCode.LOT_SIZE, f"quote quantity: {request.quote_quantity} does not move one lot"
        )
    return quantity_lots(listed.market, lots * listed.market.lot) if lots else 0
