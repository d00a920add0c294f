"""Money of one execution: what each side pays, receives and is charged, exact to eight decimals."""

from collections import defaultdict
from decimal import ROUND_DOWN, Decimal

from simulator.exchange.accounts import ZERO, Account
from simulator.exchange.interface import Market, Side, Trade
from simulator.exchange.orders import Fill, Order, OrderStatus

BALANCE_UNIT = Decimal("0.00000001")


def commission(received: Decimal, rate: Decimal) -> Decimal:
    """Return the fee on a received amount, cut to eight decimals so that what is shown is what was taken."""
    return (received * rate).quantize(BALANCE_UNIT, rounding=ROUND_DOWN) if rate else ZERO


def reserve_for(market: Market, order: Order) -> Decimal:
    """Return what a resting order still needs: quote at its limit price for a buy, base for a sell."""
    quantity = order.remaining_lots * market.lot
    return quantity if order.request.side is Side.SELL else quantity * (order.ticks * market.tick)


def reserved_asset(market: Market, side: Side) -> str:
    return market.quote if side is Side.BUY else market.base


class Settlement:
    """Books executions on accounts and keeps the collected fees, so that nothing is ever made or lost."""

    def __init__(self) -> None:
        self.collected_fees: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)

    def execute(
        self, market: Market, order: Order, account: Account, trade: Trade, lots: int, is_maker: bool
    ) -> Fill | None:
        """Advance one side of a trade; return its fill, or None for an account that nobody observes."""
        buys = order.request.side is Side.BUY
        quote = trade.price * trade.quantity
        paid_asset, paid = (market.quote, quote) if buys else (market.base, trade.quantity)
        received_asset, received = (market.base, trade.quantity) if buys else (market.quote, quote)
        fee = commission(received, account.maker_fee if is_maker else account.taker_fee)
        account.spend(paid_asset, paid)
        account.credit(received_asset, received - fee)
        if fee:
            self.collected_fees[received_asset] += fee
        order.filled_lots += lots
        order.filled += trade.quantity
        order.quote_filled += quote
        order.reserved -= paid
        order.updated_ns = trade.time_ns
        order.status = OrderStatus.PARTIALLY_FILLED if order.remaining_lots else OrderStatus.FILLED
        if order.ticks:
            self._release_excess(market, order, account)
        return self._fill(order, account, trade, quote, fee, received_asset, is_maker)

    def release(self, market: Market, order: Order, account: Account) -> None:
        """Give back everything that is still reserved for an order that is done."""
        if order.reserved:
            account.unlock(reserved_asset(market, order.request.side), order.reserved)
            order.reserved = ZERO

    def _release_excess(self, market: Market, order: Order, account: Account) -> None:
        # A buy that filled below its limit price had reserved more than it paid.
        excess = order.reserved - reserve_for(market, order)
        if excess:
            account.unlock(reserved_asset(market, order.request.side), excess)
            order.reserved -= excess

    def _fill(
        self,
        order: Order,
        account: Account,
        trade: Trade,
        quote: Decimal,
        fee: Decimal,
        asset: str,
        is_maker: bool,
    ) -> Fill | None:
        if not account.is_observed:
            return None
        fill = Fill(
            symbol=trade.symbol,
            trade_id=trade.trade_id,
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            side=order.request.side,
            price=trade.price,
            quantity=trade.quantity,
            quote_quantity=quote,
            commission=fee,
            commission_asset=asset,
            time_ns=trade.time_ns,
            is_maker=is_maker,
        )
        order.fills.append(fill)
        account.remember_fill(fill)
        return fill
