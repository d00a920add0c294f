"""Accounts: free and locked balances, terms, and a bounded memory of orders and fills."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from simulator.exchange.interface import ExchangeRefusal, RefusalCode
from simulator.exchange.orders import BalanceUpdate, Fill, Order, OrderUpdate

ZERO = Decimal(0)


@dataclass(slots=True)
class Balance:
    free: Decimal = ZERO
    locked: Decimal = ZERO


class Account:
    """Balances that cannot go below zero, and the orders and fills that queries can still see."""

    def __init__(self, name: str, maker_fee: Decimal, taker_fee: Decimal, history_limit: int) -> None:
        self.name = name
        self.maker_fee = maker_fee
        self.taker_fee = taker_fee
        self.history_limit = history_limit
        self.balances: dict[str, Balance] = {}
        self.deposits: dict[str, Decimal] = {}
        self.updated_ns = 0
        self.open_orders: dict[tuple[str, int], Order] = {}
        self.open_client_ids: dict[str, Order] = {}
        self.orders: dict[tuple[str, int], Order] = {}
        self.latest_by_client_id: dict[tuple[str, str], Order] = {}
        self.fills: deque[Fill] = deque(maxlen=history_limit)
        self.evicted_orders = 0
        self.fills_ever = 0
        self._closed: deque[Order] = deque()
        self.order_listeners: list[Callable[[OrderUpdate], None]] = []
        self.balance_listeners: list[Callable[[BalanceUpdate], None]] = []
        self.changed_assets: dict[str, None] = {}

    @property
    def is_observed(self) -> bool:
        """Whether anybody will ask for single fills and steps; simulated traders skip that work."""
        return self.history_limit > 0 or bool(self.order_listeners)

    def set_terms(self, maker_fee: Decimal, taker_fee: Decimal, history_limit: int) -> None:
        self.maker_fee, self.taker_fee, self.history_limit = maker_fee, taker_fee, history_limit
        self.fills = deque(self.fills, maxlen=history_limit)

    def balance(self, asset: str) -> Balance:
        balance = self.balances.get(asset)
        if balance is None:
            balance = self.balances[asset] = Balance()
        return balance

    def credit(self, asset: str, amount: Decimal) -> None:
        self.balance(asset).free += amount
        self.changed_assets[asset] = None

    def lock(self, asset: str, amount: Decimal) -> None:
        """Move an amount from free to locked. Raises ExchangeRefusal(INSUFFICIENT_BALANCE) and changes nothing."""
        balance = self.balance(asset)
        if balance.free < amount:
            raise ExchangeRefusal(
                RefusalCode.INSUFFICIENT_BALANCE,
                f"{asset}: expected free of at least {amount}, was {balance.free}",
            )
        balance.free -= amount
        balance.locked += amount
        self.changed_assets[asset] = None

    def unlock(self, asset: str, amount: Decimal) -> None:
        balance = self.balance(asset)
        balance.locked -= amount
        balance.free += amount
        self.changed_assets[asset] = None

    def spend(self, asset: str, amount: Decimal) -> None:
        """Take an amount out of what is locked."""
        self.balance(asset).locked -= amount
        self.changed_assets[asset] = None

    def remember_open(self, order: Order) -> None:
        key = (order.request.symbol, order.order_id)
        self.open_orders[key] = order
        self.open_client_ids[order.client_order_id] = order
        self.orders[key] = order
        self.latest_by_client_id[order.request.symbol, order.client_order_id] = order

    def remember_closed(self, order: Order) -> None:
        """Move an order to the closed ones and forget the oldest beyond the limit."""
        self.open_orders.pop((order.request.symbol, order.order_id), None)
        if self.open_client_ids.get(order.client_order_id) is order:
            del self.open_client_ids[order.client_order_id]
        self._closed.append(order)
        while len(self._closed) > self.history_limit:
            self._forget(self._closed.popleft())

    def _forget(self, order: Order) -> None:
        symbol = order.request.symbol
        self.orders.pop((symbol, order.order_id), None)
        by_client_id = (symbol, order.client_order_id)
        if self.latest_by_client_id.get(by_client_id) is order:
            del self.latest_by_client_id[by_client_id]
        self.evicted_orders += 1

    def remember_fill(self, fill: Fill) -> None:
        self.fills.append(fill)
        self.fills_ever += 1
