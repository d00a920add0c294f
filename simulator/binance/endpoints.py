"""The table of everything this venue answers: REST paths and WebSocket API methods share their handlers."""

from simulator.binance import account_data, market_data, trading
from simulator.binance.call import Call, Endpoint, Security
from simulator.binance.exchange_info import exchange_info
from simulator.binance.formats import Json, millis
from simulator.binance.market_data import WeightOfTicker
from simulator.binance.replacing import cancel_replace


def create_listen_key(call: Call) -> Json:
    return {"listenKey": call.desk.listen_keys.create(call.account, call.now_ns())}


def renew_listen_key(call: Call) -> Json:
    call.desk.listen_keys.renew(call.parameters.required("listenKey"), call.account, call.now_ns())
    return {}


def close_listen_key(call: Call) -> Json:
    call.desk.listen_keys.close(call.parameters.required("listenKey"), call.account, call.now_ns())
    return {}


def nothing_listed(call: Call) -> Json:
    return []


def no_futures(call: Call) -> Json:
    return {
        "timezone": "UTC",
        "serverTime": millis(call.now_ns()),
        "rateLimits": [],
        "exchangeFilters": [],
        "symbols": [],
    }


_SIGNED, _KEY = Security.SIGNED, Security.KEY
_PLACE = Endpoint(trading.place, 1, _SIGNED, places_order=True)
_TEST = Endpoint(trading.check_order, 1, _SIGNED)
_CANCEL = Endpoint(trading.cancel, 1, _SIGNED)
_CANCEL_ALL = Endpoint(trading.cancel_all, 1, _SIGNED)
_REPLACE = Endpoint(cancel_replace, 1, _SIGNED, places_order=True)
_STATUS = Endpoint(trading.order_status, 4, _SIGNED)
_OPEN = Endpoint(trading.open_orders, trading.open_orders_weight, _SIGNED)
_ALL_ORDERS = Endpoint(account_data.all_orders, 20, _SIGNED)
_MY_TRADES = Endpoint(account_data.my_trades, account_data.my_trades_weight, _SIGNED)
_ACCOUNT = Endpoint(account_data.account, 20, _SIGNED)
_COMMISSION = Endpoint(account_data.commission, 20, _SIGNED)
_ORDER_LIMITS = Endpoint(account_data.order_limits, 40, _SIGNED)
_PREVENTED = Endpoint(account_data.no_prevented_matches, 20, _SIGNED)
_PING = Endpoint(market_data.ping)
_TIME = Endpoint(market_data.time)
_INFO = Endpoint(exchange_info, 20)
_DEPTH = Endpoint(market_data.depth, market_data.depth_weight)
_TRADES = Endpoint(market_data.recent_trades, 25)
_HISTORICAL = Endpoint(market_data.historical_trades, 25)
_AGGREGATES = Endpoint(market_data.aggregate_trades, 4)
_KLINES = Endpoint(market_data.klines, 2)
_AVERAGE = Endpoint(market_data.average_price, 2)
_DAY = Endpoint(market_data.ticker_24hr, WeightOfTicker(2, 80))
_PRICE = Endpoint(market_data.ticker_price, WeightOfTicker(2, 4))
_BOOK_TICKER = Endpoint(market_data.book_ticker, WeightOfTicker(2, 4))

REST: dict[tuple[str, str], Endpoint] = {
    ("GET", "/api/v3/ping"): _PING,
    ("GET", "/api/v3/time"): _TIME,
    ("GET", "/api/v3/exchangeInfo"): _INFO,
    ("GET", "/api/v3/depth"): _DEPTH,
    ("GET", "/api/v3/trades"): _TRADES,
    ("GET", "/api/v3/historicalTrades"): _HISTORICAL,
    ("GET", "/api/v3/aggTrades"): _AGGREGATES,
    ("GET", "/api/v3/klines"): _KLINES,
    ("GET", "/api/v3/uiKlines"): _KLINES,
    ("GET", "/api/v3/avgPrice"): _AVERAGE,
    ("GET", "/api/v3/ticker/24hr"): _DAY,
    ("GET", "/api/v3/ticker/price"): _PRICE,
    ("GET", "/api/v3/ticker/bookTicker"): _BOOK_TICKER,
    ("POST", "/api/v3/order"): _PLACE,
    ("POST", "/api/v3/order/test"): _TEST,
    ("POST", "/api/v3/order/cancelReplace"): _REPLACE,
    ("GET", "/api/v3/order"): _STATUS,
    ("DELETE", "/api/v3/order"): _CANCEL,
    ("GET", "/api/v3/openOrders"): _OPEN,
    ("DELETE", "/api/v3/openOrders"): _CANCEL_ALL,
    ("GET", "/api/v3/allOrders"): _ALL_ORDERS,
    ("GET", "/api/v3/myTrades"): _MY_TRADES,
    ("GET", "/api/v3/myPreventedMatches"): _PREVENTED,
    ("GET", "/api/v3/account"): _ACCOUNT,
    ("GET", "/api/v3/account/commission"): _COMMISSION,
    ("GET", "/api/v3/rateLimit/order"): _ORDER_LIMITS,
    ("POST", "/api/v3/userDataStream"): Endpoint(create_listen_key, 2, _KEY),
    ("PUT", "/api/v3/userDataStream"): Endpoint(renew_listen_key, 2, _KEY),
    ("DELETE", "/api/v3/userDataStream"): Endpoint(close_listen_key, 2, _KEY),
    ("GET", "/sapi/v1/capital/config/getall"): Endpoint(account_data.coins, 10, _SIGNED),
    ("GET", "/sapi/v1/asset/tradeFee"): Endpoint(account_data.trade_fees, 1, _SIGNED),
    ("GET", "/sapi/v1/margin/allPairs"): Endpoint(nothing_listed, 1),
    ("GET", "/sapi/v1/margin/isolated/allPairs"): Endpoint(nothing_listed, 10),
    ("GET", "/fapi/v1/exchangeInfo"): Endpoint(no_futures),
    ("GET", "/dapi/v1/exchangeInfo"): Endpoint(no_futures),
}

WEBSOCKET: dict[str, Endpoint] = {
    "ping": _PING,
    "time": _TIME,
    "exchangeInfo": _INFO,
    "depth": _DEPTH,
    "trades.recent": _TRADES,
    "trades.historical": _HISTORICAL,
    "trades.aggregate": _AGGREGATES,
    "klines": _KLINES,
    "uiKlines": _KLINES,
    "avgPrice": _AVERAGE,
    "ticker.24hr": _DAY,
    "ticker.price": _PRICE,
    "ticker.book": _BOOK_TICKER,
    "order.place": _PLACE,
    "order.test": _TEST,
    "order.cancelReplace": _REPLACE,
    "order.status": _STATUS,
    "order.cancel": _CANCEL,
    "openOrders.status": _OPEN,
    "openOrders.cancelAll": _CANCEL_ALL,
    "allOrders": _ALL_ORDERS,
    "myTrades": _MY_TRADES,
    "myPreventedMatches": _PREVENTED,
    "account.status": _ACCOUNT,
    "account.commission": _COMMISSION,
    "account.rateLimits.orders": _ORDER_LIMITS,
    "userDataStream.start": Endpoint(create_listen_key, 2, _KEY),
    "userDataStream.ping": Endpoint(renew_listen_key, 2, _KEY),
    "userDataStream.stop": Endpoint(close_listen_key, 2, _KEY),
}
