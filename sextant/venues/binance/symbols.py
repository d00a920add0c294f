"""Binance's exchange information to instruments with ccxt's unified names.

Sources: Binance "Exchange Information" of spot, USD-M and COIN-M. Tick and lot are PRICE_FILTER.tickSize and LOT_SIZE.stepSize;
`pricePrecision` and `quantityPrecision` of futures are neither.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct
from msgspec.json import Decoder

from sextant.core.decimals import ZERO, parse_decimal
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Instrument, InstrumentKind
from sextant.venues.binance.markets import Market

#: Delivery date of contracts that never deliver.
PERPETUAL_MS: Final = 4_133_404_800_000


class Symbol(Struct):
    """One entry of exchangeInfo, all three markets."""

    symbol: str
    baseAsset: str
    quoteAsset: str
    filters: list[dict[str, Any]]
    status: str = ""
    contractStatus: str = ""
    contractType: str = ""
    deliveryDate: int = PERPETUAL_MS
    marginAsset: str = ""
    contractSize: Raw = Raw()  # immutable
    isSpotTradingAllowed: bool = True


class _Information(Struct):
    symbols: list[Symbol]


_DECODER: Final = Decoder(_Information)


def instruments(
    raw: bytes, *, venue: str, operator: str, market: Market, bases: Collection[str], quote: str
) -> tuple[Instrument, ...]:
    """Return the instruments of the wanted base assets against `quote`, in the order of `bases`; futures perpetual only.

    COIN-M quotes in USD whatever `quote` says. Raises InvalidValue where the answer is not exchangeInfo or a rule cannot be read.
    """
    try:
        symbols = _DECODER.decode(raw).symbols
    except msgspec.DecodeError as error:
        raise InvalidValue("exchangeInfo", raw[:80].decode(errors="replace"), f"symbols ({error})") from error
    wanted = "USD" if market is Market.COINM else quote
    order = {base: number for number, base in enumerate(bases)}
    found = [
        _instrument(each, venue=venue, operator=operator, market=market)
        for each in symbols
        if each.baseAsset in order and each.quoteAsset == wanted and _is_kept(each, market)
    ]
    return tuple(sorted(found, key=lambda each: (order[each.base], each.name)))


def _is_kept(symbol: Symbol, market: Market) -> bool:
    return symbol.isSpotTradingAllowed if market is Market.SPOT else symbol.contractType == "PERPETUAL"


def _instrument(symbol: Symbol, *, venue: str, operator: str, market: Market) -> Instrument:
    rules = {each.get("filterType"): each for each in symbol.filters}
    notional = rules.get("NOTIONAL") or rules.get("MIN_NOTIONAL") or {}
    minimum = notional.get("minNotional", notional.get("notional", "0"))
    settle = symbol.quoteAsset if market is Market.SPOT else symbol.marginAsset
    kinds = {
        Market.SPOT: InstrumentKind.SPOT,
        Market.USDM: InstrumentKind.LINEAR,
        Market.COINM: InstrumentKind.INVERSE,
    }
    return Instrument(
        name=f"{venue}:{unified(symbol, market)}",
        venue=venue,
        operator=operator,
        venue_symbol=symbol.symbol,
        base=symbol.baseAsset,
        quote=symbol.quoteAsset,
        settle=settle,
        kind=kinds[market],
        tick=_step(symbol, rules, "PRICE_FILTER", "tickSize"),
        lot=_step(symbol, rules, "LOT_SIZE", "stepSize"),
        minimum_notional=parse_decimal(minimum, field=f"{symbol.symbol}.minNotional"),
        contract_size=_contract_size(symbol),
        is_trading=(symbol.status or symbol.contractStatus) == "TRADING",
    )


def unified(symbol: Symbol, market: Market) -> str:
    """Return ccxt's name: BTC/USDT, BTC/USDT:USDT, BTC/USD:BTC, BTC/USDT:USDT-261225."""
    name = f"{symbol.baseAsset}/{symbol.quoteAsset}"
    if market is Market.SPOT:
        return name
    name = f"{name}:{symbol.marginAsset}"
    if symbol.deliveryDate == PERPETUAL_MS:
        return name
    return f"{name}-{datetime.fromtimestamp(symbol.deliveryDate / 1000, UTC):%y%m%d}"


def _step(symbol: Symbol, rules: dict[Any, dict[str, Any]], kind: str, key: str) -> Decimal:
    field = f"{symbol.symbol}.{kind}.{key}"
    step = parse_decimal(rules.get(kind, {}).get(key, ""), field=field)
    if step <= ZERO:
        raise InvalidValue(field, str(step), "a step above zero")
    return step.normalize()


def _contract_size(symbol: Symbol) -> Decimal:
    """The size is a JSON number: its text is read, never a float."""
    text = bytes(symbol.contractSize).decode()
    return Decimal(1) if not text else parse_decimal(text, field=f"{symbol.symbol}.contractSize")
