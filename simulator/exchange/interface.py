"""What simulated traders, wire protocols and proofs may ask of a simulated exchange; values and protocols only.

Everything here is synchronous and pure of wire formats. Amounts are exact `Decimal`s, instants are nanoseconds since
the epoch of the clock that the exchange was given, so a fused run can use a virtual clock.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Protocol


class Side(Enum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


@dataclass(frozen=True, slots=True)
class Market:
    """One spot market. `symbol` is the venue's own name, for example BTCUSDT.

    `tick` and `lot` together must not have more than eight decimals, so that price times quantity is exact in the
    eight decimals in which balances are kept.
    """

    symbol: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    min_notional: Decimal
    max_quantity: Decimal


class RefusalCode(Enum):
    """Why an exchange refuses a request; the wire protocol translates it into the venue's own code and words."""

    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    MARKET_CLOSED = "MARKET_CLOSED"
    PRICE_FILTER = "PRICE_FILTER"
    LOT_SIZE = "LOT_SIZE"
    NOTIONAL = "NOTIONAL"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    DUPLICATE_CLIENT_ORDER_ID = "DUPLICATE_CLIENT_ORDER_ID"
    WOULD_TAKE = "WOULD_TAKE"
    UNSUPPORTED = "UNSUPPORTED"


class ExchangeRefusal(Exception):
    """The exchange did not accept a request and nothing changed."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(f"{code.value}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """What became of an accepted order by the time that `place` returned.

    `status` is one of NEW, PARTIALLY_FILLED, FILLED, EXPIRED, EXPIRED_IN_MATCH. Only NEW and PARTIALLY_FILLED rest in
    the book. `average_price` is None while nothing is filled.
    """

    symbol: str
    order_id: int
    client_order_id: str
    side: Side
    quantity: Decimal
    filled: Decimal
    average_price: Decimal | None
    status: str


@dataclass(frozen=True, slots=True)
class Trade:
    """One execution in a market. Ids of a market rise by one without gaps."""

    symbol: str
    trade_id: int
    price: Decimal
    quantity: Decimal
    time_ns: int
    buyer_is_maker: bool
    buyer_order_id: int
    seller_order_id: int


@dataclass(frozen=True, slots=True)
class LevelChange:
    """The new total quantity at one price; zero means that the level is gone. Update ids of a market rise by one."""

    symbol: str
    update_id: int
    side: Side
    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Candle:
    """Prices and volumes of [open_time_ns, open_time_ns + interval). An interval without trades repeats the close."""

    open_time_ns: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal
    trades: int
    taker_buy_volume: Decimal
    taker_buy_quote_volume: Decimal
    first_trade_id: int = -1
    last_trade_id: int = -1


class OrderEntry(Protocol):
    """What simulated traders use. Every call completes at once; none blocks."""

    def now_ns(self) -> int:
        """Return the exchange's time in nanoseconds."""
        ...

    def market(self, symbol: str) -> Market:
        """Return the rules of a market. Raises ExchangeRefusal(UNKNOWN_SYMBOL)."""
        ...

    def best(self, symbol: str) -> tuple[Decimal | None, Decimal | None]:
        """Return the best bid and the best ask; None for an empty side."""
        ...

    def place(
        self,
        account: str,
        symbol: str,
        side: Side,
        quantity: Decimal,
        price: Decimal | None,
        *,
        time_in_force: str = "GTC",
        post_only: bool = False,
        client_order_id: str | None = None,
    ) -> PlacedOrder:
        """Place a limit order, or a market order when `price` is None.

        `time_in_force` is GTC, IOC or FOK and is ignored for market orders. Raises ExchangeRefusal when the order
        breaks a rule, when funds are missing, or when a post-only order would take; then nothing has changed.
        """
        ...

    def cancel(self, account: str, symbol: str, order_id: int) -> None:
        """Cancel one open order of the account. Raises ExchangeRefusal(UNKNOWN_ORDER) when it is not open."""
        ...

    def cancel_all(self, account: str, symbol: str) -> None:
        """Cancel every open order of the account in the market; having none is no error."""
        ...


class Exchange(OrderEntry, Protocol):
    """What whoever sets up or observes an exchange may also use."""

    def symbols(self) -> Sequence[str]:
        """Return the symbols of all markets in the order in which they were listed."""
        ...

    def open_account(
        self,
        account: str,
        *,
        maker_fee: Decimal | None = None,
        taker_fee: Decimal | None = None,
        history_limit: int | None = None,
    ) -> None:
        """Open an account, or change the terms of one that exists.

        Fees are fractions of the received asset; None is the exchange's standard. `history_limit` bounds the closed
        orders and the fills that are kept for queries: 0 keeps nothing and suits simulated traders.
        """
        ...

    def deposit(self, account: str, asset: str, amount: Decimal) -> None:
        """Credit an account with an amount above zero; opens the account on standard terms when it is not known."""
        ...

    def balance(self, account: str, asset: str) -> tuple[Decimal, Decimal]:
        """Return (free, locked)."""
        ...

    def levels(self, symbol: str, side: Side, limit: int) -> list[tuple[Decimal, Decimal]]:
        """Return (price, total quantity) of the best `limit` levels, best first."""
        ...

    def recent_trades(self, symbol: str, limit: int) -> list[Trade]:
        """Return the newest trades, oldest first; history is bounded."""
        ...

    def candles(
        self,
        symbol: str,
        interval: str,
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        limit: int = 500,
    ) -> list[Candle]:
        """Return candles whose open time lies in [start_ns, end_ns], oldest first; the last one may be open.

        `interval` is 1s, 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h or 1d.
        """
        ...

    def seed_candles(self, symbol: str, interval: str, candles: Sequence[Candle]) -> None:
        """Replace the history of interval 1s or 1m (the longer ones are computed from 1m); oldest first, no gaps."""
        ...

    def listen(
        self,
        *,
        on_trade: Callable[[Trade], None] | None = None,
        on_level: Callable[[LevelChange], None] | None = None,
        on_done: Callable[[str], None] | None = None,
    ) -> None:
        """Call back after each trade and each change of a level, in the order in which they happened.

        `on_done` follows with the symbol when all trades and changes of one request were told. Callbacks run after the
        request is complete in every respect, and must not place or cancel orders.
        """
        ...
