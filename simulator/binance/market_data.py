"""Public answers about books, trades, candles and tickers."""

from collections.abc import Callable
from decimal import Decimal

from simulator.binance.aggregation import AggregateTrade
from simulator.binance.call import Call
from simulator.binance.errors import BinanceError
from simulator.binance.formats import ZERO_TEXT, Json, JsonObject, amount, millis, nanos
from simulator.binance.parameters import Parameters
from simulator.exchange.candles import interval_ns
from simulator.exchange.engine import SimulatedExchange
from simulator.exchange.interface import Candle, Side, Trade
from simulator.exchange.listed import ListedMarket

MAX_DEPTH = 5000
AVERAGE_MINUTES = 5


def ping(call: Call) -> Json:
    return {}


def time(call: Call) -> Json:
    return {"serverTime": millis(call.now_ns())}


def depth(call: Call) -> Json:
    symbol = call.symbol()
    limit = call.parameters.bounded("limit", 100, MAX_DEPTH)
    return {
        "lastUpdateId": call.exchange.listed(symbol).book.update_id,
        **book_sides(call.exchange, symbol, limit),
    }


def depth_weight(parameters: Parameters) -> int:
    limit = parameters.bounded("limit", 100, MAX_DEPTH)
    return next(weight for top, weight in ((100, 5), (500, 25), (1000, 50), (MAX_DEPTH, 250)) if limit <= top)


def book_sides(exchange: SimulatedExchange, symbol: str, limit: int) -> JsonObject:
    return {
        "bids": [list(map(amount, level)) for level in exchange.levels(symbol, Side.BUY, limit)],
        "asks": [list(map(amount, level)) for level in exchange.levels(symbol, Side.SELL, limit)],
    }


def recent_trades(call: Call) -> Json:
    symbol = call.symbol()
    limit = call.parameters.bounded("limit", 500, 1000)
    return [_trade(trade) for trade in call.exchange.recent_trades(symbol, limit)]


def historical_trades(call: Call) -> Json:
    symbol = call.symbol()
    limit = call.parameters.bounded("limit", 500, 1000)
    from_id = call.parameters.integer("fromId")
    trades = call.exchange.recent_trades(symbol, 1000)
    if from_id is None:
        return [_trade(trade) for trade in trades[-limit:]]
    return [_trade(trade) for trade in trades if trade.trade_id >= from_id][:limit]


def aggregate_trades(call: Call) -> Json:
    symbol = call.symbol()
    parameters = call.parameters
    limit = parameters.bounded("limit", 500, 1000)
    from_id, start, end = (parameters.integer(name) for name in ("fromId", "startTime", "endTime"))
    if from_id is not None and (start is not None or end is not None):
        raise BinanceError(-1128, "Combination of optional parameters invalid.")
    found = [
        trade
        for trade in call.desk.aggregates.history[symbol]
        if (from_id is None or trade.aggregate_id >= from_id)
        and (start is None or millis(trade.time_ns) >= start)
        and (end is None or millis(trade.time_ns) <= end)
    ]
    is_newest = from_id is None and start is None
    return [aggregate_row(trade) for trade in (found[-limit:] if is_newest else found[:limit])]


def aggregate_row(trade: AggregateTrade) -> JsonObject:
    return {
        "a": trade.aggregate_id,
        "p": amount(trade.price),
        "q": amount(trade.quantity),
        "f": trade.first_trade_id,
        "l": trade.last_trade_id,
        "T": millis(trade.time_ns),
        "m": trade.buyer_is_maker,
        "M": True,
    }


def klines(call: Call) -> Json:
    symbol = call.symbol()
    parameters = call.parameters
    interval = parameters.required("interval")
    length = interval_ns(interval)
    start, end = parameters.integer("startTime"), parameters.integer("endTime")
    limit = parameters.bounded("limit", 500, 1000)
    candles = call.exchange.candles(
        symbol,
        interval,
        start_ns=None if start is None else nanos(start),
        end_ns=None if end is None else nanos(end),
        limit=limit,
    )
    return [_kline(candle, length) for candle in candles]


def average_price(call: Call) -> Json:
    listed = call.exchange.listed(call.symbol())
    price = listed.reference_price(call.now_ns())
    last = listed.trades[-1].time_ns if listed.trades else 0
    return {"mins": AVERAGE_MINUTES, "price": amount(price or Decimal(0)), "closeTime": millis(last)}


def ticker_24hr(call: Call) -> Json:
    kind = call.parameters.optional("type") or "FULL"
    if kind not in ("FULL", "MINI"):
        raise BinanceError(-1130, "Data sent for parameter 'type' is not valid.")
    return _for_symbols(
        call, lambda symbol: day_ticker(call.exchange.listed(symbol), call.now_ns(), kind == "MINI")
    )


def ticker_price(call: Call) -> Json:
    return _for_symbols(call, lambda symbol: _last_price(call, symbol))


def book_ticker(call: Call) -> Json:
    return _for_symbols(call, lambda symbol: {"symbol": symbol, **best_quote(call.exchange.listed(symbol))})


class WeightOfTicker:
    """Weight of a ticker call: one symbol is cheap, several or all cost more."""

    def __init__(self, one: int, many: int) -> None:
        self._one, self._many = one, many

    def __call__(self, parameters: Parameters) -> int:
        return self._one if parameters.get("symbol") else self._many


def day_ticker(listed: ListedMarket, now_ns: int, mini: bool = False) -> JsonObject:
    """Return the rolling 24 hours of a market, to the minute."""
    window = listed.candles.window(now_ns, 24 * 3600 * 10**9)
    candle = window or _nothing(now_ns)
    ticker: JsonObject = {
        "symbol": listed.market.symbol,
        "openPrice": amount(candle.open),
        "highPrice": amount(candle.high),
        "lowPrice": amount(candle.low),
        "lastPrice": amount(candle.close),
        "volume": amount(candle.volume),
        "quoteVolume": amount(candle.quote_volume),
        "openTime": millis(now_ns) - 86_400_000,
        "closeTime": millis(now_ns),
        "firstId": candle.first_trade_id,
        "lastId": candle.last_trade_id,
        "count": candle.trades,
    }
    if mini:
        return ticker
    change = candle.close - candle.open
    weighted = candle.quote_volume / candle.volume if candle.volume else Decimal(0)
    return ticker | {
        "priceChange": amount(change),
        "priceChangePercent": f"{100 * change / candle.open if candle.open else 0:.3f}",
        "weightedAvgPrice": amount(weighted),
        "prevClosePrice": amount(candle.open),
        "lastQty": amount(listed.trades[-1].quantity if listed.trades else Decimal(0)),
        **best_quote(listed),
    }


def best_quote(listed: ListedMarket) -> JsonObject:
    """Return the best prices and their quantities; zeros for an empty side."""
    best: JsonObject = {}
    for name, side in (("bid", Side.BUY), ("ask", Side.SELL)):
        ticks, lots = listed.best_lots(side)
        best[f"{name}Price"] = amount(ticks * listed.market.tick)
        best[f"{name}Qty"] = amount(lots * listed.market.lot)
    return best


def _last_price(call: Call, symbol: str) -> JsonObject:
    listed = call.exchange.listed(symbol)
    price = listed.trades[-1].price if listed.trades else listed.reference_price(call.now_ns())
    return {"symbol": symbol, "price": amount(price) if price is not None else ZERO_TEXT}


def _for_symbols(call: Call, render: Callable[[str], JsonObject]) -> Json:
    """Answer with one object for `symbol`, and with an array for `symbols` or for all."""
    symbols = call.parameters.symbols()
    if "symbol" in call.parameters:
        if symbols is not None:
            raise BinanceError(-1128, "Combination of optional parameters invalid.")
        return render(call.symbol())
    return [render(symbol) for symbol in (call.exchange.symbols() if symbols is None else symbols)]


def _trade(trade: Trade) -> JsonObject:
    return {
        "id": trade.trade_id,
        "price": amount(trade.price),
        "qty": amount(trade.quantity),
        "quoteQty": amount(trade.price * trade.quantity),
        "time": millis(trade.time_ns),
        "isBuyerMaker": trade.buyer_is_maker,
        "isBestMatch": True,
    }


def _kline(candle: Candle, length_ns: int) -> list[Json]:
    return [
        millis(candle.open_time_ns),
        *map(amount, (candle.open, candle.high, candle.low, candle.close, candle.volume)),
        millis(candle.open_time_ns + length_ns) - 1,
        amount(candle.quote_volume),
        candle.trades,
        amount(candle.taker_buy_volume),
        amount(candle.taker_buy_quote_volume),
        "0",
    ]


def _nothing(now_ns: int) -> Candle:
    zero = Decimal(0)
    return Candle(now_ns, zero, zero, zero, zero, zero, zero, 0, zero, zero)
