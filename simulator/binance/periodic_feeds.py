"""Market streams that follow the clock: top levels, candles, tickers and average prices."""

from simulator.binance.formats import JsonObject, amount, millis
from simulator.binance.market_data import book_sides, day_ticker
from simulator.binance.streams import StreamHub, Topic
from simulator.exchange.candles import interval_ns
from simulator.exchange.engine import SimulatedExchange
from simulator.exchange.interface import Candle

# Closed candles that a late tick may still report.
CANDLES_BACK = 5
MINI_TICKER = {
    "c": "lastPrice",
    "o": "openPrice",
    "h": "highPrice",
    "l": "lowPrice",
    "v": "volume",
    "q": "quoteVolume",
}
FULL_TICKER = MINI_TICKER | {
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "x": "prevClosePrice",
    "Q": "lastQty",
    "b": "bidPrice",
    "B": "bidQty",
    "a": "askPrice",
    "A": "askQty",
    "O": "openTime",
    "C": "closeTime",
    "F": "firstId",
    "L": "lastId",
    "n": "count",
}


class PeriodicFeeds:
    """Publishes, at each tick, the streams whose period has come round and whose content has changed."""

    def __init__(self, exchange: SimulatedExchange, hub: StreamHub) -> None:
        self._exchange = exchange
        self._hub = hub

    def flush(self, period_ms: int) -> None:
        """Publish the streams of one period: 100, 1000 or 2000 ms."""
        for topic in self._hub.topics("partialDepth"):
            if topic.stream.period_ms == period_ms and self._is_listed(topic):
                self._partial_depth(topic)
        if period_ms == 1000:
            for topic in self._hub.topics("miniTicker", "ticker", "avgPrice"):
                if self._is_listed(topic):
                    self._ticker(topic)
            self._all_tickers()
        for topic in self._hub.topics("kline"):
            if topic.stream.period_ms == period_ms and self._is_listed(topic):
                self._klines(topic)

    def _is_listed(self, topic: Topic) -> bool:
        return topic.stream.symbol in self._exchange.symbols()

    def _partial_depth(self, topic: Topic) -> None:
        symbol = topic.stream.symbol
        update_id = self._exchange.listed(symbol).book.update_id
        if update_id != topic.mark:
            topic.mark = update_id
            levels = book_sides(self._exchange, symbol, topic.stream.levels)
            self._hub.publish(topic.name, {"lastUpdateId": update_id, **levels})

    def _ticker(self, topic: Topic) -> None:
        listed = self._exchange.listed(topic.stream.symbol)
        if topic.mark == listed.last_trade_id:
            return
        topic.mark = listed.last_trade_id
        if topic.stream.kind == "avgPrice":
            self._hub.publish(topic.name, self._average(topic.stream.symbol))
        else:
            self._hub.publish(topic.name, self._day(topic.stream.symbol, topic.stream.kind))

    def _all_tickers(self) -> None:
        for topic in self._hub.topics("miniTickers"):
            traded = [
                symbol
                for symbol in self._exchange.symbols()
                if (last := self._exchange.recent_trades(symbol, 1)) and last[0].time_ns > topic.mark
            ]
            topic.mark = self._exchange.now_ns()
            if traded:
                self._hub.publish(topic.name, [self._day(symbol, "miniTicker") for symbol in traded])

    def _day(self, symbol: str, kind: str) -> JsonObject:
        now_ns = self._exchange.now_ns()
        ticker = day_ticker(self._exchange.listed(symbol), now_ns)
        fields = MINI_TICKER if kind == "miniTicker" else FULL_TICKER
        head: JsonObject = {
            "e": "24hrMiniTicker" if kind == "miniTicker" else "24hrTicker",
            "E": millis(now_ns),
            "s": symbol,
        }
        return head | {short: ticker[name] for short, name in fields.items()}

    def _average(self, symbol: str) -> JsonObject:
        listed, now_ns = self._exchange.listed(symbol), self._exchange.now_ns()
        return {
            "e": "avgPrice",
            "E": millis(now_ns),
            "s": symbol,
            "i": "5m",
            "w": amount(listed.reference_price(now_ns) or listed.market.tick),
            "T": millis(listed.trades[-1].time_ns),
        }

    def _klines(self, topic: Topic) -> None:
        """Publish candles that closed since the last time, then, except of seconds, the one that is still open."""
        stream = topic.stream
        length = interval_ns(stream.interval)
        now_ns = self._exchange.now_ns()
        candles = self._exchange.candles(stream.symbol, stream.interval, limit=CANDLES_BACK)
        if topic.mark < 0:
            topic.mark = _last_closed(now_ns - stream.period_ms * 1_000_000, length)
        for candle in candles:
            is_closed = candle.open_time_ns + length <= now_ns
            if is_closed and candle.open_time_ns > topic.mark:
                topic.mark = candle.open_time_ns
                if candle.trades:
                    self._hub.publish(topic.name, _kline_event(topic, candle, length, now_ns, is_closed))
            elif not is_closed and stream.interval != "1s" and candle.trades:
                self._hub.publish(topic.name, _kline_event(topic, candle, length, now_ns, is_closed))


def _last_closed(now_ns: int, length_ns: int) -> int:
    """Return when the newest candle that was closed at an instant had opened."""
    return now_ns - now_ns % length_ns - length_ns


def _kline_event(topic: Topic, candle: Candle, length_ns: int, now_ns: int, is_closed: bool) -> JsonObject:
    return {
        "e": "kline",
        "E": millis(now_ns),
        "s": topic.stream.symbol,
        "k": {
            "t": millis(candle.open_time_ns),
            "T": millis(candle.open_time_ns + length_ns) - 1,
            "s": topic.stream.symbol,
            "i": topic.stream.interval,
            "f": candle.first_trade_id,
            "L": candle.last_trade_id,
            "o": amount(candle.open),
            "c": amount(candle.close),
            "h": amount(candle.high),
            "l": amount(candle.low),
            "v": amount(candle.volume),
            "n": candle.trades,
            "x": is_closed,
            "q": amount(candle.quote_volume),
            "V": amount(candle.taker_buy_volume),
            "Q": amount(candle.taker_buy_quote_volume),
            "B": "0",
        },
    }
