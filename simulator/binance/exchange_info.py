"""The venue's description of itself: limits, markets and their filters."""

from decimal import Decimal

from simulator.binance.call import Call
from simulator.binance.errors import BinanceError, invalid_symbol
from simulator.binance.formats import ZERO_TEXT, Json, JsonObject, amount, millis
from simulator.exchange.filters import MAX_NOTIONAL, MAX_PRICE_TICKS
from simulator.exchange.listed import ListedMarket
from simulator.exchange.orders import OrderType, SelfTradePrevention

DECIMALS = 8


def exchange_info(call: Call) -> Json:
    """Answer for one symbol, several, or all; `permissions` other than SPOT match nothing."""
    return {
        "timezone": "UTC",
        "serverTime": millis(call.now_ns()),
        "rateLimits": call.desk.limits.rules(),
        "exchangeFilters": [],
        "symbols": [_symbol(call.exchange.listed(symbol)) for symbol in _wanted(call)],
    }


def _wanted(call: Call) -> list[str]:
    symbols = call.parameters.symbols()
    if "symbol" in call.parameters:
        if symbols is not None:
            raise BinanceError(-1128, "Combination of optional parameters invalid.")
        return [call.symbol()]
    if symbols is None:
        return list(call.exchange.symbols())
    if not set(symbols) <= set(call.exchange.symbols()):
        raise invalid_symbol()
    return symbols


def _symbol(listed: ListedMarket) -> JsonObject:
    market = listed.market
    return {
        "symbol": market.symbol,
        "status": "HALT" if listed.is_halted else "TRADING",
        "baseAsset": market.base,
        "baseAssetPrecision": DECIMALS,
        "quoteAsset": market.quote,
        "quotePrecision": DECIMALS,
        "quoteAssetPrecision": DECIMALS,
        "baseCommissionPrecision": DECIMALS,
        "quoteCommissionPrecision": DECIMALS,
        "orderTypes": [order_type.value for order_type in OrderType],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "amendAllowed": False,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(listed),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": SelfTradePrevention.NONE.value,
        "allowedSelfTradePreventionModes": [mode.value for mode in SelfTradePrevention],
    }


def _filters(listed: ListedMarket) -> list[Json]:
    market = listed.market
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": amount(market.tick),
            "maxPrice": amount(MAX_PRICE_TICKS * market.tick),
            "tickSize": amount(market.tick),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": amount(market.lot),
            "maxQty": amount(market.max_quantity),
            "stepSize": amount(market.lot),
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": ZERO_TEXT,
            "maxQty": amount(market.max_quantity),
            "stepSize": ZERO_TEXT,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": amount(market.min_notional),
            "applyMinToMarket": True,
            "maxNotional": amount(Decimal(MAX_NOTIONAL)),
            "applyMaxToMarket": True,
            "avgPriceMins": 5,
        },
    ]
