"""Which stream goes where: stream names to typed decoders and the lane that takes the message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from msgspec.json import Decoder

from sextant.core.errors import InvalidValue
from sextant.venues.binance.books import BookLane
from sextant.venues.binance.lanes import Lane
from sextant.venues.binance.markets import Market
from sextant.venues.binance.messages import (
    AggregateTrade,
    FuturesDepth,
    FuturesQuote,
    Kline,
    Liquidation,
    Mark,
    Quote,
    SpotDepth,
    Trade,
    Wrapped,
)

#: The payload's own name of its kind, by the head of the stream's.
_KINDS: Final = {
    "trade": "trade",
    "aggTrade": "aggTrade",
    "bookTicker": "bookTicker",
    "depth": "depthUpdate",
    "kline": "kline",
    "markPrice": "markPriceUpdate",
    "forceOrder": "forceOrder",
}


@dataclass(frozen=True, slots=True)
class Route:
    """Where the frames of one stream go. `apply` takes the payload and our receive time."""

    stream: str
    kind: str
    lane: Lane
    symbol: str
    wrapped: Decoder[Any]
    raw: Decoder[Any]
    apply: Callable[[Any, int], None]


def kind_of(stream: str) -> str:
    """Return the kind of payload that a stream such as btcusdt@depth@100ms carries. Raises InvalidValue for others."""
    head = stream.partition("@")[2].partition("@")[0].partition("_")[0]
    kind = _KINDS.get(head)
    if kind is None:
        raise InvalidValue("stream", stream[:64], f"a symbol and one of {', '.join(_KINDS)}")
    return kind


def route(stream: str, kind: str, lane: Lane, market: Market) -> Route:
    """Return the route of a kind of payload to a lane. Raises InvalidValue where the lane does not carry it."""
    is_spot = market is Market.SPOT
    if kind == "depthUpdate":
        if not isinstance(lane, BookLane):
            raise InvalidValue(
                "stream", stream[:64], f"a depth stream on the primary connection of {lane.symbol}"
            )
        payload, apply = (SpotDepth, lane.spot_depth) if is_spot else (FuturesDepth, lane.futures_depth)
        return _route(stream, kind, lane, payload, apply)
    payloads: dict[str, tuple[type, Callable[[Any, int], None]]] = {
        "trade": (Trade, lane.trade),
        "aggTrade": (AggregateTrade, lane.aggregate),
        "bookTicker": (Quote if is_spot else FuturesQuote, lane.quote),
        "kline": (Kline, lane.kline),
        "markPriceUpdate": (Mark, lane.mark),
        "forceOrder": (Liquidation, lane.liquidation),
    }
    found = payloads.get(kind)
    if found is None:
        raise InvalidValue("event", kind[:64], f"one of {', '.join(payloads)}")
    return _route(stream, kind, lane, *found)


def _route(stream: str, kind: str, lane: Lane, payload: type, apply: Callable[[Any, int], None]) -> Route:
    wrapped: Decoder[Any] = Decoder(Wrapped[payload])  # type: ignore[valid-type]  # a generic made at run time
    return Route(stream, kind, lane, lane.symbol, wrapped, Decoder(payload), apply)
