"""Events of accounts: told to every stream that is open for an account, whichever way it was opened."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeAlias

from simulator.binance.formats import JsonObject, millis
from simulator.binance.limits import RateLimits
from simulator.binance.order_views import account_position, execution_report
from simulator.exchange.engine import SimulatedExchange
from simulator.exchange.orders import BalanceUpdate, Execution, OrderUpdate

Sink: TypeAlias = Callable[[JsonObject], None]


class UserStreams:
    """Renders the steps of the accounts' orders and balances, if anybody listens, and hands them to the sinks."""

    def __init__(self, exchange: SimulatedExchange, accounts: Iterable[str], limits: RateLimits) -> None:
        self._exchange = exchange
        self._limits = limits
        self._sinks: defaultdict[str, dict[Sink, None]] = defaultdict(dict)
        for account in accounts:
            exchange.listen_account(account, self._on_order, self._on_balances)

    def open(self, account: str, sink: Sink) -> None:
        self._sinks[account][sink] = None

    def close(self, account: str, sink: Sink) -> None:
        self._sinks[account].pop(sink, None)

    def _on_order(self, update: OrderUpdate) -> None:
        account = update.order.request.account
        fill = update.fill
        if update.execution is Execution.TRADE and fill is not None and fill.quantity == update.filled:
            self._limits.order_returned(account, update.time_ns)
        if self._sinks[account]:
            self._tell(account, execution_report(update, millis(self._exchange.now_ns())))

    def _on_balances(self, update: BalanceUpdate) -> None:
        if self._sinks[update.account]:
            self._tell(update.account, account_position(update, millis(self._exchange.now_ns())))

    def _tell(self, account: str, event: JsonObject) -> None:
        for sink in tuple(self._sinks[account]):
            sink(event)
