"""What holds after any sequence of requests: no crossed book, no asset made or lost, no order filled beyond its size."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.exchange.engine import SimulatedExchange
from simulator.exchange.interface import ExchangeRefusal, Side, Trade
from simulator.exchange.orders import Order, OrderRequest, OrderType, SelfTradePrevention, TimeInForce
from tests.unit.simulator.exchange.exchanges import SYMBOL, funded_exchange

ACCOUNTS = ("a", "b", "c")

requests = st.builds(
    OrderRequest,
    account=st.sampled_from(ACCOUNTS),
    symbol=st.just(SYMBOL),
    side=st.sampled_from(Side),
    type=st.sampled_from([OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT_MAKER]),
    quantity=st.integers(1, 5_000_000).map(lambda lots: lots * Decimal("0.00001")),
    price=st.integers(9_990, 10_010).map(lambda ticks: ticks * Decimal("0.01")),
    time_in_force=st.sampled_from(TimeInForce),
    self_trade_prevention=st.sampled_from(SelfTradePrevention),
)
market_requests = st.builds(
    OrderRequest,
    account=st.sampled_from(ACCOUNTS),
    symbol=st.just(SYMBOL),
    side=st.sampled_from(Side),
    type=st.just(OrderType.MARKET),
    quantity=st.none(),
    quote_quantity=st.integers(500, 500_000).map(lambda cents: cents * Decimal("0.01")),
)
cancels = st.tuples(st.sampled_from(ACCOUNTS), st.integers(0, 20))
actions = st.lists(st.one_of(requests, requests, market_requests, cancels), max_size=60)


def perform(exchange: SimulatedExchange, action: OrderRequest | tuple[str, int]) -> None:
    try:
        if isinstance(action, OrderRequest):
            exchange.submit(action)
        else:
            account, index = action
            open_orders = exchange.open_orders(account)
            exchange.cancel(account, SYMBOL, open_orders[index].order_id if index < len(open_orders) else -1)
    except ExchangeRefusal:
        pass


def assert_assets_are_conserved(exchange: SimulatedExchange) -> None:
    held: defaultdict[str, Decimal] = defaultdict(Decimal, exchange.collected_fees())
    deposited: defaultdict[str, Decimal] = defaultdict(Decimal)
    for account in exchange.accounts():
        for asset, amount in account.deposits.items():
            deposited[asset] += amount
        for asset, balance in account.balances.items():
            assert balance.free >= 0
            assert balance.locked >= 0
            held[asset] += balance.free + balance.locked
    assert held == deposited


def assert_locks_are_explained(exchange: SimulatedExchange) -> None:
    for account in exchange.accounts():
        reserved: defaultdict[str, Decimal] = defaultdict(Decimal)
        for order in account.open_orders.values():
            remaining = order.quantity - order.filled
            if order.request.side is Side.BUY:
                reserved["USDT"] += remaining * (order.request.price or 0)
            else:
                reserved["BTC"] += remaining
        for asset, balance in account.balances.items():
            assert balance.locked == reserved[asset]


@given(actions)
@settings(max_examples=150, deadline=None)
def test_whatever_is_asked_assets_are_conserved_and_the_book_never_crosses(
    script: list[OrderRequest | tuple[str, int]],
) -> None:
    exchange = funded_exchange(*ACCOUNTS)
    for action in script:
        perform(exchange, action)
        bid, ask = exchange.best(SYMBOL)
        assert bid is None or ask is None or bid < ask
        assert_assets_are_conserved(exchange)
    assert_locks_are_explained(exchange)


@given(actions)
@settings(max_examples=100, deadline=None)
def test_no_order_is_filled_beyond_its_quantity_and_its_fills_explain_it(
    script: list[OrderRequest | tuple[str, int]],
) -> None:
    exchange = funded_exchange(*ACCOUNTS)
    for action in script:
        perform(exchange, action)
    for account in ACCOUNTS:
        for order in exchange.orders(account, SYMBOL):
            assert order.filled <= order.quantity
            assert sum((fill.quantity for fill in order.fills), Decimal(0)) == order.filled
            assert sum((fill.quote_quantity for fill in order.fills), Decimal(0)) == order.quote_filled
            assert order.status.is_open == (order in exchange.open_orders(account))
            price = order.request.price
            if price is not None:
                sign = 1 if order.request.side is Side.BUY else -1
                assert all(sign * fill.price <= sign * price for fill in order.fills)


@given(actions)
@settings(max_examples=100, deadline=None)
def test_every_trade_takes_the_first_order_in_price_time_priority(
    script: list[OrderRequest | tuple[str, int]],
) -> None:
    exchange = funded_exchange(*ACCOUNTS)
    trades: list[Trade] = []
    exchange.listen(on_trade=trades.append)
    for action in script:
        queue = {side: expected_queue(exchange, side) for side in Side}
        trades.clear()
        perform(exchange, action)
        for trade in trades:
            side = Side.BUY if trade.buyer_is_maker else Side.SELL
            maker = trade.buyer_order_id if trade.buyer_is_maker else trade.seller_order_id
            price, order_id, remaining = queue[side][0]
            assert (maker, trade.price) == (order_id, price)
            assert trade.quantity <= remaining
            queue[side][0] = (price, order_id, remaining - trade.quantity)
            if trade.quantity == remaining:
                queue[side].pop(0)


def expected_queue(exchange: SimulatedExchange, side: Side) -> list[tuple[Decimal, int, Decimal]]:
    """The resting orders of a side sorted by price, then by id, from the accounts and not from the book."""

    def priority(order: Order) -> tuple[Decimal, int]:
        price = order.request.price or Decimal(0)
        return (-price if side is Side.BUY else price), order.order_id

    resting = [
        order for account in ACCOUNTS for order in exchange.open_orders(account) if order.request.side is side
    ]
    return [
        (order.request.price or Decimal(0), order.order_id, order.quantity - order.filled)
        for order in sorted(resting, key=priority)
    ]
