"""Aggregate trades: the executions of one taker order at one price, as the venue shows them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from simulator.exchange.engine import SimulatedExchange
from simulator.exchange.interface import Trade

HISTORY = 1000


@dataclass(frozen=True, slots=True)
class AggregateTrade:
    symbol: str
    aggregate_id: int
    price: Decimal
    quantity: Decimal
    first_trade_id: int
    last_trade_id: int
    time_ns: int
    buyer_is_maker: bool


class AggregateTrades:
    """Aggregates of every market, bounded. Trades of one request are one taker's, so only the price can split them."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self.history = {symbol: deque[AggregateTrade](maxlen=HISTORY) for symbol in exchange.symbols()}
        self.listeners: list[Callable[[AggregateTrade], None]] = []
        self._last_ids = dict.fromkeys(exchange.symbols(), 0)
        self._growing: AggregateTrade | None = None
        exchange.listen(on_trade=self._on_trade, on_done=self._on_done)

    def _on_trade(self, trade: Trade) -> None:
        growing = self._growing
        if growing is not None and growing.price == trade.price:
            quantity = growing.quantity + trade.quantity
            self._growing = replace(growing, quantity=quantity, last_trade_id=trade.trade_id)
            return
        self._finish()
        self._last_ids[trade.symbol] += 1
        self._growing = AggregateTrade(
            symbol=trade.symbol,
            aggregate_id=self._last_ids[trade.symbol],
            price=trade.price,
            quantity=trade.quantity,
            first_trade_id=trade.trade_id,
            last_trade_id=trade.trade_id,
            time_ns=trade.time_ns,
            buyer_is_maker=trade.buyer_is_maker,
        )

    def _on_done(self, symbol: str) -> None:
        self._finish()

    def _finish(self) -> None:
        growing, self._growing = self._growing, None
        if growing is None:
            return
        self.history[growing.symbol].append(growing)
        for listener in self.listeners:
            listener(growing)
