"""How orders meet: priority, partial fills, times in force, fees, refusals, and what accounts are told."""

from decimal import Decimal

import pytest

from simulator.exchange.interface import ExchangeRefusal, LevelChange, RefusalCode, Side, Trade
from simulator.exchange.orders import Execution, OrderStatus, SelfTradePrevention, TimeInForce
from tests.unit.simulator.exchange.exchanges import SYMBOL, Diary, funded_exchange, limit, market_order


def refusal(action: object) -> RefusalCode:
    with pytest.raises(ExchangeRefusal) as caught:
        action()  # type: ignore[operator]  # any call without arguments
    return caught.value.code


def test_the_better_price_fills_first_and_at_one_price_the_older_order() -> None:
    exchange = funded_exchange("a", "b", "c", "taker")
    exchange.submit(limit("a", Side.SELL, "1", "101"))
    exchange.submit(limit("b", Side.SELL, "1", "100"))
    exchange.submit(limit("c", Side.SELL, "1", "100"))

    order = exchange.submit(limit("taker", Side.BUY, "2.5", "101"))

    assert [(fill.price, fill.quantity) for fill in order.fills] == [
        (Decimal(100), Decimal(1)),
        (Decimal(100), Decimal(1)),
        (Decimal(101), Decimal("0.5")),
    ]
    assert [exchange.open_orders(account) == [] for account in "abc"] == [False, True, True]


def test_a_taker_pays_the_makers_price_and_gets_back_what_it_reserved_above() -> None:
    exchange = funded_exchange("maker", "taker")
    exchange.submit(limit("maker", Side.SELL, "1", "100"))

    exchange.submit(limit("taker", Side.BUY, "2", "110"))

    assert exchange.balance("taker", "USDT") == (Decimal(1_000_000) - 100 - 110, Decimal(110))


def test_each_side_pays_its_fee_in_the_asset_that_it_receives() -> None:
    exchange = funded_exchange("maker", "taker")
    exchange.open_account("maker", maker_fee=Decimal("0.0002"), taker_fee=Decimal("0.0004"))
    exchange.submit(limit("maker", Side.SELL, "0.12345", "33333.33"))

    order = exchange.submit(market_order("taker", Side.BUY, "0.12345"))

    assert (order.fills[0].commission, order.fills[0].commission_asset) == (Decimal("0.00012345"), "BTC")
    # 0.12345 * 33333.33 * 0.0002 = 0.822999...; cut to eight decimals.
    assert exchange.fills("maker", SYMBOL)[0].commission == Decimal("0.82299991")
    assert exchange.collected_fees() == {"BTC": Decimal("0.00012345"), "USDT": Decimal("0.82299991")}


@pytest.mark.parametrize(
    ("time_in_force", "status", "filled", "resting"),
    [
        (TimeInForce.GTC, OrderStatus.PARTIALLY_FILLED, "1", 1),
        (TimeInForce.IOC, OrderStatus.EXPIRED, "1", 0),
        (TimeInForce.FOK, OrderStatus.EXPIRED, "0", 0),
    ],
)
def test_time_in_force_decides_what_becomes_of_the_rest(
    time_in_force: TimeInForce, status: OrderStatus, filled: str, resting: int
) -> None:
    exchange = funded_exchange("maker", "taker")
    exchange.submit(limit("maker", Side.SELL, "1", "100"))

    order = exchange.submit(limit("taker", Side.BUY, "3", "100", time_in_force))

    assert (order.status, order.filled) == (status, Decimal(filled))
    assert len(exchange.open_orders("taker")) == resting
    assert exchange.balance("taker", "USDT")[1] == (200 if resting else 0)


def test_fill_or_kill_fills_when_the_whole_quantity_is_there() -> None:
    exchange = funded_exchange("maker", "taker")
    for price in ("100", "101"):
        exchange.submit(limit("maker", Side.SELL, "1", price))

    order = exchange.submit(limit("taker", Side.BUY, "2", "101", TimeInForce.FOK))

    assert order.status is OrderStatus.FILLED


def test_a_quote_quantity_buys_as_many_lots_as_it_pays_for() -> None:
    exchange = funded_exchange("maker", "taker")
    exchange.submit(limit("maker", Side.SELL, "1", "100"))
    exchange.submit(limit("maker", Side.SELL, "1", "200"))

    order = exchange.submit(market_order("taker", Side.BUY, quote_quantity="150.001"))

    assert (order.status, order.quote_filled) == (OrderStatus.FILLED, Decimal(150))


def test_a_market_order_expires_where_the_book_ends() -> None:
    exchange = funded_exchange("maker", "taker")
    exchange.submit(limit("maker", Side.BUY, "1", "100"))

    order = exchange.submit(market_order("taker", Side.SELL, "5"))

    assert (order.status, order.filled) == (OrderStatus.EXPIRED, Decimal(1))
    assert exchange.balance("taker", "BTC")[1] == 0


def test_refused_orders_change_nothing() -> None:
    exchange = funded_exchange("a", "b")
    exchange.submit(limit("b", Side.SELL, "1", "100", client_order_id="mine"))
    before = exchange.listed(SYMBOL).book.update_id, exchange.balance("b", "BTC")

    def of(quantity: str, price: str, **other: object) -> RefusalCode:
        return refusal(lambda: exchange.submit(limit("b", Side.SELL, quantity, price, **other)))  # type: ignore[arg-type]

    assert of("1", "100.001") is RefusalCode.PRICE_FILTER
    assert of("0.000001", "100") is RefusalCode.LOT_SIZE
    assert of("9001", "100") is RefusalCode.LOT_SIZE
    assert of("0.01", "100") is RefusalCode.NOTIONAL
    assert of("1000", "100") is RefusalCode.INSUFFICIENT_BALANCE
    assert of("1", "100", client_order_id="mine") is RefusalCode.DUPLICATE_CLIENT_ORDER_ID
    assert (
        refusal(lambda: exchange.place("a", SYMBOL, Side.BUY, Decimal(1), Decimal(100), post_only=True))
        is RefusalCode.WOULD_TAKE
    )
    exchange.set_halted(SYMBOL, True)
    assert of("1", "100") is RefusalCode.MARKET_CLOSED
    assert (exchange.listed(SYMBOL).book.update_id, exchange.balance("b", "BTC")) == before


def test_a_client_id_is_free_again_once_its_order_is_done() -> None:
    exchange = funded_exchange("a")
    first = exchange.submit(limit("a", Side.BUY, "1", "100", client_order_id="same"))
    exchange.cancel("a", SYMBOL, first.order_id)

    second = exchange.submit(limit("a", Side.BUY, "1", "100", client_order_id="same"))

    assert exchange.find_order("a", SYMBOL, client_order_id="same") is second
    assert exchange.find_order("a", SYMBOL, order_id=first.order_id) is first


def test_only_open_orders_of_the_own_account_can_be_cancelled() -> None:
    exchange = funded_exchange("a", "b")
    order = exchange.submit(limit("a", Side.BUY, "1", "100"))

    assert refusal(lambda: exchange.cancel("b", SYMBOL, order.order_id)) is RefusalCode.UNKNOWN_ORDER
    exchange.cancel("a", SYMBOL, order.order_id)
    assert refusal(lambda: exchange.cancel("a", SYMBOL, order.order_id)) is RefusalCode.UNKNOWN_ORDER


def test_self_trade_prevention_expires_the_taker_before_it_meets_itself() -> None:
    exchange = funded_exchange("a", "b")
    exchange.submit(limit("b", Side.SELL, "1", "100"))
    exchange.submit(limit("a", Side.SELL, "1", "101"))
    prevention = SelfTradePrevention.EXPIRE_TAKER

    order = exchange.submit(limit("a", Side.BUY, "2", "101", self_trade_prevention=prevention))

    assert (order.status, order.filled) == (OrderStatus.EXPIRED_IN_MATCH, Decimal(1))
    assert len(exchange.open_orders("a")) == 1


def test_an_account_is_told_every_step_and_then_its_balances() -> None:
    exchange = funded_exchange("maker", "taker")
    diary = Diary()
    exchange.listen_account("taker", diary.orders.append, diary.balances.append)
    exchange.submit(limit("maker", Side.SELL, "1", "100"))

    order = exchange.submit(limit("taker", Side.BUY, "2", "100", client_order_id="mine"))
    exchange.cancel_order("taker", SYMBOL, order.order_id, request_id="the-cancel")

    assert [(update.execution, update.status, update.request_id) for update in diary.orders] == [
        (Execution.NEW, OrderStatus.NEW, "mine"),
        (Execution.TRADE, OrderStatus.PARTIALLY_FILLED, "mine"),
        (Execution.CANCELED, OrderStatus.CANCELED, "the-cancel"),
    ]
    assert {asset: (free, locked) for asset, free, locked in diary.balances[0].balances} == {
        "USDT": (Decimal(999_800), Decimal(100)),
        "BTC": (Decimal("100.999"), Decimal(0)),
    }
    assert diary.balances[1].balances == (("USDT", Decimal(999_900), Decimal(0)),)


def test_the_tape_can_rebuild_the_book_and_its_ids_have_no_gaps() -> None:
    exchange = funded_exchange("a", "b")
    changes: list[LevelChange] = []
    trades: list[Trade] = []
    done: list[str] = []
    exchange.listen(on_trade=trades.append, on_level=changes.append, on_done=done.append)
    for price in ("100", "101", "102"):
        exchange.submit(limit("a", Side.SELL, "1", price))
    exchange.submit(limit("b", Side.BUY, "1.5", "101"))
    exchange.cancel_all("a", SYMBOL)

    assert [change.update_id for change in changes] == list(range(1, len(changes) + 1))
    assert [trade.trade_id for trade in trades] == [1, 2]
    assert done == [SYMBOL] * 5
    assert {change.price: change.quantity for change in changes} == {
        Decimal(100): Decimal(0),
        Decimal(101): Decimal(0),
        Decimal(102): Decimal(0),
    }


def test_a_listener_must_not_trade() -> None:
    exchange = funded_exchange("a")
    exchange.listen(on_level=lambda change: exchange.cancel_all("a", SYMBOL))

    with pytest.raises(RuntimeError, match="listener must not"):
        exchange.submit(limit("a", Side.BUY, "1", "100"))


def test_history_is_bounded_and_a_trader_without_history_keeps_no_closed_order() -> None:
    exchange = funded_exchange("a", "b")
    exchange.open_account("a", history_limit=3)
    exchange.open_account("b", history_limit=0)
    for _ in range(5):
        for account in ("a", "b"):
            order = exchange.submit(limit(account, Side.BUY, "1", "100"))
            exchange.cancel(account, SYMBOL, order.order_id)

    assert (len(exchange.orders("a", SYMBOL)), exchange.account("a").evicted_orders) == (3, 2)
    assert exchange.orders("b", SYMBOL) == []
