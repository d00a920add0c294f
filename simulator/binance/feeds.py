"""Market streams that follow events: trades, aggregate trades, best quotes, and changes of depth in batches."""

from dataclasses import dataclass, field
from decimal import Decimal

from simulator.binance.aggregation import AggregateTrade, AggregateTrades
from simulator.binance.formats import Json, JsonObject, amount, millis
from simulator.binance.market_data import aggregate_row, best_quote
from simulator.binance.streams import StreamHub
from simulator.exchange.engine import SimulatedExchange
from simulator.exchange.interface import LevelChange, Side, Trade

PERIODS_MS = (100, 1000)


class TradeFeed:
    """Publishes every trade and every aggregate at once."""

    def __init__(self, exchange: SimulatedExchange, aggregates: AggregateTrades, hub: StreamHub) -> None:
        self._exchange = exchange
        self._hub = hub
        exchange.listen(on_trade=self._on_trade)
        aggregates.listeners.append(self._on_aggregate)

    def _on_trade(self, trade: Trade) -> None:
        name = f"{trade.symbol.lower()}@trade"
        if not self._hub.has(name):
            return
        payload: Json = {
            "e": "trade",
            "E": millis(self._exchange.now_ns()),
            "s": trade.symbol,
            "t": trade.trade_id,
            "p": amount(trade.price),
            "q": amount(trade.quantity),
            "T": millis(trade.time_ns),
            "m": trade.buyer_is_maker,
            "M": True,
        }
        self._hub.publish(name, payload)

    def _on_aggregate(self, trade: AggregateTrade) -> None:
        name = f"{trade.symbol.lower()}@aggTrade"
        if self._hub.has(name):
            head: JsonObject = {"e": "aggTrade", "E": millis(self._exchange.now_ns()), "s": trade.symbol}
            self._hub.publish(name, {**head, **aggregate_row(trade)})


class QuoteFeed:
    """Publishes a market's best quote after each request that changed it; `u` is the book's id at that point."""

    def __init__(self, exchange: SimulatedExchange, hub: StreamHub) -> None:
        self._exchange = exchange
        self._hub = hub
        self._names = {symbol: f"{symbol.lower()}@bookTicker" for symbol in exchange.symbols()}
        self._last: dict[str, tuple[int, int, int, int]] = {}
        exchange.listen(on_done=self._on_done)

    def _on_done(self, symbol: str) -> None:
        name = self._names[symbol]
        if not self._hub.has(name):
            return
        listed = self._exchange.listed(symbol)
        best = (*listed.best_lots(Side.BUY), *listed.best_lots(Side.SELL))
        if best == self._last.get(symbol):
            return
        self._last[symbol] = best
        quote = best_quote(listed)
        payload: Json = {
            "u": listed.book.update_id,
            "s": symbol,
            "b": quote["bidPrice"],
            "B": quote["bidQty"],
            "a": quote["askPrice"],
            "A": quote["askQty"],
        }
        self._hub.publish(name, payload)


@dataclass(slots=True)
class Batch:
    """The changes [first_id, last_id] of a book: the last quantity of each price that changed."""

    first_id: int = 0
    last_id: int = 0
    sides: dict[Side, dict[Decimal, Decimal]] = field(default_factory=lambda: {side: {} for side in Side})

    def add(self, change: LevelChange) -> None:
        # A jump means that nobody listened for a while: what was collected before is of no use to anybody.
        if change.update_id != self.last_id + 1:
            self.clear()
        if not self.first_id:
            self.first_id = change.update_id
        self.last_id = change.update_id
        self.sides[change.side][change.price] = change.quantity

    def clear(self) -> None:
        self.first_id = 0
        for side in self.sides.values():
            side.clear()

    def levels(self, side: Side) -> list[Json]:
        ordered = sorted(self.sides[side].items(), reverse=side is Side.BUY)
        return [[amount(price), amount(quantity)] for price, quantity in ordered]


class DepthFeed:
    """Collects changes of the books that somebody follows and publishes them every 100 or 1000 ms."""

    def __init__(self, exchange: SimulatedExchange, hub: StreamHub) -> None:
        self._exchange = exchange
        self._hub = hub
        self._batches: dict[str, Batch] = {}
        self._names = {
            symbol: tuple(f"{symbol.lower()}@depth{suffix}" for suffix in ("@100ms", "", "@1000ms"))
            for symbol in exchange.symbols()
        }
        exchange.listen(on_level=self._on_level)

    def _on_level(self, change: LevelChange) -> None:
        for name in self._names[change.symbol]:
            if self._hub.has(name):
                batch = self._batches.get(name)
                if batch is None:
                    batch = self._batches[name] = Batch()
                batch.add(change)

    def flush(self, period_ms: int) -> None:
        """Publish what has changed since the last flush of this period."""
        now_ms = millis(self._exchange.now_ns())
        for topic in self._hub.topics("depth"):
            batch = self._batches.get(topic.name)
            if topic.stream.period_ms != period_ms or batch is None or not batch.first_id:
                continue
            payload: Json = {
                "e": "depthUpdate",
                "E": now_ms,
                "s": topic.stream.symbol,
                "U": batch.first_id,
                "u": batch.last_id,
                "b": batch.levels(Side.BUY),
                "a": batch.levels(Side.SELL),
            }
            batch.clear()
            self._hub.publish(topic.name, payload)
