"""Collects what one request changed and tells the listeners when the request is complete."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.exchange.accounts import Account
from simulator.exchange.interface import LevelChange, Trade
from simulator.exchange.orders import BalanceUpdate, Execution, Fill, Order, OrderUpdate


@dataclass(slots=True)
class Announcements:
    """Listeners, and the events that wait for the end of the current request, in the order they happened."""

    trade_listeners: list[Callable[[Trade], None]] = field(default_factory=list)
    level_listeners: list[Callable[[LevelChange], None]] = field(default_factory=list)
    done_listeners: list[Callable[[str], None]] = field(default_factory=list)
    is_telling: bool = False
    _waiting: list[tuple[list[Callable[[Any], None]], object]] = field(default_factory=list)
    _touched: dict[str, Account] = field(default_factory=dict)
    _executions: int = 0

    def trade(self, trade: Trade) -> None:
        self._waiting.append((self.trade_listeners, trade))

    def level(self, change: LevelChange) -> None:
        self._waiting.append((self.level_listeners, change))

    def touched(self, account: Account) -> None:
        self._touched[account.name] = account

    def order(
        self,
        account: Account,
        order: Order,
        execution: Execution,
        *,
        fill: Fill | None = None,
        request_id: str | None = None,
    ) -> None:
        self._touched[account.name] = account
        if not account.order_listeners:
            return
        self._executions += 1
        update = OrderUpdate(
            order=order,
            execution=execution,
            execution_id=self._executions,
            status=order.status,
            filled=order.filled,
            quote_filled=order.quote_filled,
            time_ns=order.updated_ns,
            request_id=order.client_order_id if request_id is None else request_id,
            fill=fill,
        )
        self._waiting.append((account.order_listeners, update))

    def tell(self, now_ns: int, symbol: str | None) -> None:
        """Call every listener; balances last, then `on_done` for the market, if there was one."""
        for account in self._touched.values():
            self._add_balances(account, now_ns)
        if symbol is not None:
            self._waiting.append((self.done_listeners, symbol))
        waiting, self._waiting = self._waiting, []
        self._touched.clear()
        self.is_telling = True
        try:
            for listeners, event in waiting:
                for listener in listeners:
                    listener(event)
        finally:
            self.is_telling = False

    def _add_balances(self, account: Account, now_ns: int) -> None:
        if not account.changed_assets:
            return
        account.updated_ns = now_ns
        if account.balance_listeners:
            assets = [(asset, account.balance(asset)) for asset in account.changed_assets]
            balances = tuple((asset, balance.free, balance.locked) for asset, balance in assets)
            self._waiting.append((account.balance_listeners, BalanceUpdate(account.name, now_ns, balances)))
        account.changed_assets.clear()
