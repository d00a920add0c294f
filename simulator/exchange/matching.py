"""Price-time matching: takes what an entering order may take, then lets the rest of it stand or expire."""

from collections.abc import Mapping

from simulator.exchange.accounts import Account
from simulator.exchange.announcements import Announcements
from simulator.exchange.interface import Side, Trade
from simulator.exchange.listed import ListedMarket, prevents
from simulator.exchange.orders import Execution, Order, OrderStatus, TimeInForce
from simulator.exchange.settlement import Settlement


class Matcher:
    """Moves orders through a book; the caller has admitted them and reserved their funds."""

    def __init__(
        self, accounts: Mapping[str, Account], settlement: Settlement, announce: Announcements
    ) -> None:
        self._accounts = accounts
        self._settlement = settlement
        self._announce = announce

    def enter(self, listed: ListedMarket, order: Order, account: Account) -> None:
        """Match an admitted order and settle its end: resting, filled or expired."""
        account.remember_open(order)
        self._announce.order(account, order, Execution.NEW)
        self._match(listed, order, account)
        self._rest_or_expire(listed, order, account)

    def cancel(
        self, listed: ListedMarket, order: Order, account: Account, now_ns: int, request_id: str | None
    ) -> None:
        """Take an open order out of the book and give back its reserve."""
        order.status = OrderStatus.CANCELED
        order.updated_ns = now_ns
        side = order.request.side
        lots = listed.book.side(side).take(order, order.remaining_lots)
        self._announce.level(listed.changed_level(side, order.ticks, lots))
        self._close(listed, order, account, Execution.CANCELED, request_id)

    def _match(self, listed: ListedMarket, order: Order, account: Account) -> None:
        side = order.request.side
        is_fill_or_kill = order.request.time_in_force is TimeInForce.FOK and order.ticks > 0
        if is_fill_or_kill and listed.fillable_lots(order) < order.lots:
            return
        opposite = listed.book.side(side.opposite)
        while order.remaining_lots:
            ticks = opposite.best_ticks()
            if ticks is None or (order.ticks and not listed.book.crosses(side, order.ticks)):
                return
            maker = next(iter(opposite.best_level().orders.values()))
            if prevents(order, maker):
                order.status = OrderStatus.EXPIRED_IN_MATCH
                return
            self._trade(listed, order, account, maker)

    def _trade(self, listed: ListedMarket, taker: Order, account: Account, maker: Order) -> None:
        lots = min(taker.remaining_lots, maker.remaining_lots)
        trade = _trade_between(listed, taker, maker, lots)
        maker_account = self._accounts[maker.request.account]
        market = listed.market
        maker_fill = self._settlement.execute(market, maker, maker_account, trade, lots, is_maker=True)
        taker_fill = self._settlement.execute(market, taker, account, trade, lots, is_maker=False)
        total = listed.book.side(maker.request.side).take(maker, lots)
        listed.remember(trade, maker.ticks, lots)
        if not maker.status.is_open:
            maker_account.remember_closed(maker)
        self._announce.trade(trade)
        self._announce.level(listed.changed_level(maker.request.side, maker.ticks, total))
        self._announce.order(maker_account, maker, Execution.TRADE, fill=maker_fill)
        self._announce.order(account, taker, Execution.TRADE, fill=taker_fill)

    def _rest_or_expire(self, listed: ListedMarket, order: Order, account: Account) -> None:
        if order.status is OrderStatus.FILLED:
            account.remember_closed(order)
            self._settlement.release(listed.market, order, account)
        elif order.status is OrderStatus.EXPIRED_IN_MATCH:
            self._close(listed, order, account, Execution.TRADE_PREVENTION)
        elif order.ticks and order.request.time_in_force is TimeInForce.GTC:
            self._rest(listed, order)
        else:
            order.status = OrderStatus.EXPIRED
            order.expiry_reason = _expiry_reason(order)
            self._close(listed, order, account, Execution.EXPIRED)

    def _rest(self, listed: ListedMarket, order: Order) -> None:
        order.working_ns = order.created_ns
        side = order.request.side
        lots = listed.book.side(side).add(order)
        self._announce.level(listed.changed_level(side, order.ticks, lots))

    def _close(
        self,
        listed: ListedMarket,
        order: Order,
        account: Account,
        execution: Execution,
        request_id: str | None = None,
    ) -> None:
        self._settlement.release(listed.market, order, account)
        account.remember_closed(order)
        self._announce.order(account, order, execution, request_id=request_id)


def _trade_between(listed: ListedMarket, taker: Order, maker: Order, lots: int) -> Trade:
    """Number a trade; it happens at the maker's price and the taker's time."""
    taker_buys = taker.request.side is Side.BUY
    buyer, seller = (taker, maker) if taker_buys else (maker, taker)
    return Trade(
        symbol=listed.market.symbol,
        trade_id=listed.next_trade_id(),
        price=maker.ticks * listed.market.tick,
        quantity=lots * listed.market.lot,
        time_ns=taker.created_ns,
        buyer_is_maker=not taker_buys,
        buyer_order_id=buyer.order_id,
        seller_order_id=seller.order_id,
    )


def _expiry_reason(order: Order) -> str:
    if not order.ticks:
        return "INSUFFICIENT_LIQUIDITY"
    if order.request.time_in_force is TimeInForce.FOK:
        return "UNFILLED_FOK_ORDER_EXPIRED"
    return "UNFILLED_IOC_QUANTITY_EXPIRED"
