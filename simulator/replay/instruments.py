"""The recorded instruments and their true rules in August 2024, and each venue's exchangeInfo answer about them.

Sources: the venues' "Exchange Information" documentation for the shapes; tick, lot and contract size as recorded.
"""

from dataclasses import dataclass
from decimal import Decimal

from simulator.replay.recording import Venue

PERPETUAL_DELIVERY_MS = 4_133_404_800_000
EIGHT_DECIMALS = Decimal("0.00000001")
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument. `contract_usd` is the size of an inverse contract, None for a quantity in base units."""

    venue: Venue
    symbol: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    contract_usd: int | None = None

    def other_amount(self, price: Decimal, quantity: Decimal) -> Decimal:
        """Return the quote amount of a trade; for an inverse contract the base amount."""
        if self.contract_usd is None:
            return price * quantity
        return (quantity * self.contract_usd / price).quantize(EIGHT_DECIMALS)

    def price_text(self, price: Decimal) -> str:
        return f"{price:.8f}" if self.venue is Venue.SPOT else f"{price.quantize(self.tick):f}"

    def amount_text(self, amount: Decimal) -> str:
        return f"{amount:.8f}" if self.venue is Venue.SPOT else f"{amount.normalize():f}"


def _spot(base: str, tick: str, lot: str) -> Instrument:
    return Instrument(Venue.SPOT, f"{base}USDT", base, "USDT", Decimal(tick), Decimal(lot))


def _linear(base: str, tick: str, lot: str) -> Instrument:
    return Instrument(Venue.USDM, f"{base}USDT", base, "USDT", Decimal(tick), Decimal(lot))


def _inverse(base: str, tick: str, contract_usd: int) -> Instrument:
    return Instrument(Venue.COINM, f"{base}USD_PERP", base, "USD", Decimal(tick), Decimal(1), contract_usd)


INSTRUMENTS: dict[tuple[Venue, str], Instrument] = {
    (each.venue, each.symbol): each
    for each in (
        _spot("BTC", "0.01", "0.00001"),
        _spot("ETH", "0.01", "0.0001"),
        _linear("BTC", "0.10", "0.001"),
        _linear("ETH", "0.01", "0.001"),
        _inverse("BTC", "0.1", 100),
        _inverse("ETH", "0.01", 10),
    )
}


def instrument(venue: Venue, symbol: str) -> Instrument:
    """Return the instrument of a recorded file. Raises ValueError for one whose rules are not in the table."""
    found = INSTRUMENTS.get((venue, symbol))
    if found is None:
        known = ", ".join(f"{v.value} {s}" for v, s in INSTRUMENTS)
        raise ValueError(f"recorded instrument: expected one of {known}, was {venue.value} {symbol}")
    return found


def exchange_info(venue: Venue, instruments: list[Instrument], server_time_ms: int) -> Json:
    """Return the venue's exchangeInfo answer for some of its instruments."""
    symbols = [_spot_symbol(each) if venue is Venue.SPOT else _futures_symbol(each) for each in instruments]
    weight = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1}
    limits = [weight | {"limit": 6000 if venue is Venue.SPOT else 2400}]
    answer: Json = {
        "timezone": "UTC",
        "serverTime": server_time_ms,
        "rateLimits": limits,
        "exchangeFilters": [],
    }
    if venue is Venue.USDM:
        answer |= {"futuresType": "U_MARGINED", "assets": [{"asset": "USDT", "marginAvailable": True}]}
    return answer | {"symbols": symbols}


def _spot_symbol(each: Instrument) -> Json:
    order_types = [
        "LIMIT",
        "LIMIT_MAKER",
        "MARKET",
        "STOP_LOSS",
        "STOP_LOSS_LIMIT",
        "TAKE_PROFIT",
        "TAKE_PROFIT_LIMIT",
    ]
    return {
        "symbol": each.symbol,
        "status": "TRADING",
        "baseAsset": each.base,
        "baseAssetPrecision": 8,
        "quoteAsset": each.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": order_types,
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": True,
        "filters": [
            _price_filter(each, "0.01", "1000000.00", decimals=8),
            _lot_filter("LOT_SIZE", each, "9000", decimals=8),
            {"filterType": "ICEBERG_PARTS", "limit": 10},
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
            {
                "filterType": "NOTIONAL",
                "minNotional": "5.00000000",
                "applyMinToMarket": True,
                "maxNotional": "9000000.00000000",
                "applyMaxToMarket": False,
                "avgPriceMins": 5,
            },
        ],
        "permissions": [],
        "permissionSets": [["SPOT", "MARGIN"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
    }


def _futures_symbol(each: Instrument) -> Json:
    inverse = each.contract_usd is not None
    filters = [
        _price_filter(each, str(each.tick), "1000000"),
        _lot_filter("LOT_SIZE", each, "1000000" if inverse else "1000"),
        _lot_filter("MARKET_LOT_SIZE", each, "60000" if inverse else "120"),
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
    ]
    if not inverse:
        filters.append({"filterType": "MIN_NOTIONAL", "notional": "100" if each.base == "BTC" else "20"})
    symbol: Json = {
        "symbol": each.symbol,
        "pair": f"{each.base}{each.quote}",
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_DELIVERY_MS,
        "onboardDate": 1_569_398_400_000 if not inverse else 1_597_042_800_000,
        "baseAsset": each.base,
        "quoteAsset": each.quote,
        "marginAsset": each.base if inverse else each.quote,
        "pricePrecision": -int(each.tick.normalize().as_tuple().exponent),
        "quantityPrecision": max(0, -int(each.lot.normalize().as_tuple().exponent)),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.015000",
        "marketTakeBound": "0.05",
        "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
        "filters": filters,
    }
    if inverse:
        return symbol | {
            "contractStatus": "TRADING",
            "contractSize": each.contract_usd,
            "equalQtyPrecision": 4,
        }
    return symbol | {"status": "TRADING"}


def _price_filter(each: Instrument, least: str, most: str, *, decimals: int | None = None) -> Json:
    values = {"minPrice": Decimal(least), "maxPrice": Decimal(most), "tickSize": each.tick}
    texts = {name: _text(value, decimals) for name, value in values.items()}
    return {"filterType": "PRICE_FILTER", **texts}


def _lot_filter(kind: str, each: Instrument, most: str, *, decimals: int | None = None) -> Json:
    values = {"minQty": each.lot, "maxQty": Decimal(most), "stepSize": each.lot}
    texts = {name: _text(value, decimals) for name, value in values.items()}
    return {"filterType": kind, **texts}


def _text(value: Decimal, decimals: int | None) -> str:
    return f"{value:f}" if decimals is None else f"{value:.{decimals}f}"
