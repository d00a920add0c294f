"""Exchanges and traders for the tests of the matching engine."""

from dataclasses import dataclass, field
from decimal import Decimal

from simulator.exchange.engine import SimulatedExchange
from simulator.exchange.interface import Market, Side
from simulator.exchange.orders import BalanceUpdate, OrderRequest, OrderType, OrderUpdate, TimeInForce

SYMBOL = "BTCUSDT"
MARKET = Market(
    symbol=SYMBOL,
    base="BTC",
    quote="USDT",
    tick=Decimal("0.01"),
    lot=Decimal("0.00001"),
    min_notional=Decimal(5),
    max_quantity=Decimal(9000),
)
START_NS = 1_800_000_000 * 10**9


@dataclass
class Clock:
    """A settable clock."""

    now_ns: int = START_NS

    def __call__(self) -> int:
        return self.now_ns

    def advance(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)


@dataclass
class Diary:
    """What an account was told."""

    orders: list[OrderUpdate] = field(default_factory=list)
    balances: list[BalanceUpdate] = field(default_factory=list)


def funded_exchange(*accounts: str, clock: Clock | None = None) -> SimulatedExchange:
    exchange = SimulatedExchange([MARKET], clock or Clock())
    for account in accounts:
        exchange.deposit(account, "BTC", Decimal(100))
        exchange.deposit(account, "USDT", Decimal(1_000_000))
    return exchange


def limit(
    account: str,
    side: Side,
    quantity: str,
    price: str,
    time_in_force: TimeInForce = TimeInForce.GTC,
    **other: object,
) -> OrderRequest:
    return OrderRequest(
        account=account,
        symbol=SYMBOL,
        side=side,
        type=OrderType.LIMIT,
        quantity=Decimal(quantity),
        price=Decimal(price),
        time_in_force=time_in_force,
        **other,  # type: ignore[arg-type]  # the remaining fields of OrderRequest, by name
    )


def market_order(
    account: str, side: Side, quantity: str | None = None, quote_quantity: str | None = None
) -> OrderRequest:
    return OrderRequest(
        account=account,
        symbol=SYMBOL,
        side=side,
        type=OrderType.MARKET,
        quantity=None if quantity is None else Decimal(quantity),
        quote_quantity=None if quote_quantity is None else Decimal(quote_quantity),
    )
