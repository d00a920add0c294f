"""Orders: what was asked for, how far it got, and the events that tell an account about it."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from simulator.exchange.interface import Side


class OrderType(Enum):
    LIMIT = "LIMIT"
    MARKET = "MARKET"
    LIMIT_MAKER = "LIMIT_MAKER"


class TimeInForce(Enum):
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class SelfTradePrevention(Enum):
    NONE = "NONE"
    EXPIRE_TAKER = "EXPIRE_TAKER"


class OrderStatus(Enum):
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"

    @property
    def is_open(self) -> bool:
        return self in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)


class Execution(Enum):
    """What happened to an order in one step."""

    NEW = "NEW"
    TRADE = "TRADE"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    TRADE_PREVENTION = "TRADE_PREVENTION"


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order as asked for. A market order has no price and either a quantity or a quote quantity."""

    account: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal | None
    price: Decimal | None = None
    quote_quantity: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    client_order_id: str | None = None
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.NONE


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution as the account on one side of it sees it."""

    symbol: str
    trade_id: int
    order_id: int
    client_order_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    commission: Decimal
    commission_asset: str
    time_ns: int
    is_maker: bool


@dataclass(slots=True, eq=False)
class Order:
    """An accepted order. `ticks` is zero for a market order; `reserved` is what the account still has locked for it."""

    order_id: int
    request: OrderRequest
    client_order_id: str
    ticks: int
    lots: int
    quantity: Decimal
    created_ns: int
    updated_ns: int
    working_ns: int = -1
    status: OrderStatus = OrderStatus.NEW
    filled_lots: int = 0
    filled: Decimal = Decimal(0)
    quote_filled: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    expiry_reason: str | None = None
    fills: list[Fill] = field(default_factory=list)

    @property
    def remaining_lots(self) -> int:
        return self.lots - self.filled_lots

    @property
    def average_price(self) -> Decimal | None:
        return self.quote_filled / self.filled if self.filled_lots else None


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """One step of an order as its account is told; progress is copied because the order itself moves on.

    `request_id` is the client id of the request that caused the step: the order's own, or that of a cancel.
    """

    order: Order
    execution: Execution
    execution_id: int
    status: OrderStatus
    filled: Decimal
    quote_filled: Decimal
    time_ns: int
    request_id: str
    fill: Fill | None = None


@dataclass(frozen=True, slots=True)
class BalanceUpdate:
    """Free and locked of the assets that one request has changed, or one deposit."""

    account: str
    time_ns: int
    balances: tuple[tuple[str, Decimal, Decimal], ...]
    deposit: Decimal | None = None
