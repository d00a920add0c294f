"""A market as an exchange runs it: its book, its counters, and its recent trades and candles."""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal

from simulator.exchange.book import OrderBook
from simulator.exchange.candles import MINUTE_NS, MarketCandles
from simulator.exchange.filters import check_market
from simulator.exchange.interface import LevelChange, Market, Side, Trade
from simulator.exchange.orders import Order, SelfTradePrevention

TRADE_HISTORY = 1000


class ListedMarket:
    """Book, ids and history of one market. Raises ValueError when the market's rules do not allow exact amounts."""

    def __init__(self, market: Market) -> None:
        check_market(market)
        self.market = market
        self.book = OrderBook()
        self.trades: deque[Trade] = deque(maxlen=TRADE_HISTORY)
        self.candles = MarketCandles(market)
        self.is_halted = False
        self.last_order_id = 0
        self.last_trade_id = 0

    def next_order_id(self) -> int:
        self.last_order_id += 1
        return self.last_order_id

    def next_trade_id(self) -> int:
        self.last_trade_id += 1
        return self.last_trade_id

    def best(self, side: Side) -> Decimal | None:
        ticks = self.book.side(side).best_ticks()
        return None if ticks is None else ticks * self.market.tick

    def best_lots(self, side: Side) -> tuple[int, int]:
        """Return (ticks, lots) of the best level; zeros for an empty side."""
        book_side = self.book.side(side)
        ticks = book_side.best_ticks()
        return (0, 0) if ticks is None else (ticks, book_side.best_level().lots)

    def changed_level(self, side: Side, ticks: int, lots: int) -> LevelChange:
        """Number the change of one level and return it."""
        self.book.update_id += 1
        market = self.market
        return LevelChange(market.symbol, self.book.update_id, side, ticks * market.tick, lots * market.lot)

    def remember(self, trade: Trade, ticks: int, lots: int) -> None:
        self.trades.append(trade)
        self.candles.add(trade, ticks, lots)

    def reference_price(self, now_ns: int) -> Decimal | None:
        """Return the average price of the last five minutes, else the last trade, else a side of the book."""
        window = self.candles.window(now_ns, 5 * MINUTE_NS)
        if window is not None and window.volume:
            return window.quote_volume / window.volume
        if self.trades:
            return self.trades[-1].price
        if window is not None:
            return window.close
        return self.best(Side.BUY) or self.best(Side.SELL)

    def cost_of(self, side: Side, lots: int) -> tuple[int, Decimal]:
        """Return how many of the lots a market order would fill now, and the quote amount they would move."""
        filled, cost = 0, Decimal(0)
        for ticks, level_lots in self.book.reachable(side, None):
            taken = min(level_lots, lots - filled)
            filled += taken
            cost += ticks * self.market.tick * (taken * self.market.lot)
            if filled == lots:
                break
        return filled, cost

    def lots_for(self, side: Side, budget: Decimal) -> tuple[int, bool]:
        """Return the lots that a quote budget moves now, and whether the book ran out before the budget did."""
        filled = 0
        for ticks, level_lots in self.book.reachable(side, None):
            per_lot = ticks * self.market.tick * self.market.lot
            affordable = int(budget // per_lot)
            taken = min(level_lots, affordable)
            filled += taken
            budget -= taken * per_lot
            if affordable < level_lots:
                return filled, False
        return filled, True

    def fillable_lots(self, order: Order) -> int:
        """Return the lots that the order could take now within its price and its self-trade prevention."""
        request = order.request
        total = 0
        for maker in self._reachable_orders(request.side, order.ticks):
            if prevents(order, maker) or total >= order.lots:
                break
            total += maker.remaining_lots
        return total

    def _reachable_orders(self, side: Side, ticks: int) -> Iterator[Order]:
        for maker in self.book.side(side.opposite).orders():
            if maker.ticks > ticks if side is Side.BUY else maker.ticks < ticks:
                return
            yield maker


def prevents(taker: Order, maker: Order) -> bool:
    """Tell whether self-trade prevention forbids these two to meet."""
    return (
        taker.request.self_trade_prevention is SelfTradePrevention.EXPIRE_TAKER
        and taker.request.account == maker.request.account
    )
