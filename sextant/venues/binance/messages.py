"""Binance's market messages as typed structures over raw bytes; number texts are kept as texts.

Sources: Binance "WebSocket Streams" (spot), "USDⓈ-M Futures" and "COIN-M Futures" market streams. Unknown keys are ignored: venues add them.
"""

from __future__ import annotations

from typing import Annotated, Final, Generic, Literal, TypeVar

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

#: Milliseconds whose nanoseconds fit a column.
Millis = Annotated[int, Meta(ge=0, le=9_000_000_000_000)]
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
#: A frame with more levels than this is no depth event of this venue (5,000 a side at most).
MAX_LEVELS: Final = 10_000
Levels = Annotated[list[tuple[str, str]], Meta(max_length=MAX_LEVELS)]
Payload = TypeVar("Payload")
#: A key that was not there (a raw value is never empty).
NOTHING: Final = Raw()


class Trade(Struct, gc=False):
    """`@trade`. `X` is only on futures: anything but MARKET is no fill of the book."""

    e: Literal["trade"]
    E: Millis
    s: str
    t: Id
    p: str
    q: str
    T: Millis
    m: bool
    X: str = "MARKET"


class AggregateTrade(Struct, gc=False):
    """`@aggTrade`: the fills of one taker order at one price."""

    e: Literal["aggTrade"]
    E: Millis
    s: str
    a: Id
    p: str
    q: str
    T: Millis
    m: bool


class Quote(Struct, gc=False):
    """`@bookTicker`. Spot sends neither `e` nor `E`."""

    u: Id
    s: str
    b: str
    B: str
    a: str
    A: str
    e: Literal["", "bookTicker"] = ""
    E: Millis = 0


class FuturesQuote(Struct, gc=False):
    """`@bookTicker` of futures, which is stamped."""

    e: Literal["bookTicker"]
    E: Millis
    u: Id
    s: str
    b: str
    B: str
    a: str
    A: str


class SpotDepth(Struct, gc=False):
    """`@depth` of spot."""

    e: Literal["depthUpdate"]
    E: Millis
    s: str
    U: Id
    u: Id
    b: Levels
    a: Levels


class FuturesDepth(Struct, gc=False):
    """`@depth` of futures; `pu` is the last id of the event before."""

    e: Literal["depthUpdate"]
    E: Millis
    s: str
    U: Id
    u: Id
    pu: Id
    b: Levels
    a: Levels


class Bar(Struct, gc=False):
    """The candle of a `@kline` event: start, last ms, interval, prices, base volume, closed."""

    t: Millis
    T: Millis
    i: str
    o: str
    h: str
    l: str  # noqa: E741  # the venue's name
    c: str
    v: str
    x: bool


class Kline(Struct, gc=False):
    """`@kline_<interval>`."""

    e: Literal["kline"]
    E: Millis
    s: str
    k: Bar


class Mark(Struct, gc=False):
    """`@markPrice`: mark, index, funding rate (empty on dated contracts)."""

    e: Literal["markPriceUpdate"]
    E: Millis
    s: str
    p: str
    i: str = ""
    r: str = ""


class ForcedOrder(Struct, gc=False):
    """The order of a `@forceOrder` event: side of the order, its price and quantity, what was filled at which average."""

    s: str
    S: Literal["BUY", "SELL"]
    q: str
    p: str
    ap: str
    z: str
    T: Millis


class Liquidation(Struct, gc=False):
    """`@forceOrder`."""

    e: Literal["forceOrder"]
    E: Millis
    o: ForcedOrder

    @property
    def s(self) -> str:
        return self.o.s


class Wrapped(Struct, Generic[Payload], gc=False):
    """A frame of a combined stream."""

    stream: str
    data: Payload


class Snapshot(Struct, gc=False):
    """The answer of the REST depth call; futures stamp it."""

    lastUpdateId: Id
    bids: Levels
    asks: Levels
    E: Millis = 0


class Envelope(Struct, gc=False):
    """Any frame, opened just far enough to see what it is; a raw value that is missing is empty."""

    stream: str | None = None
    data: Raw = NOTHING
    e: str | None = None
    s: str | None = None
    u: Raw = NOTHING
    B: Raw = NOTHING
    o: Raw = NOTHING
    result: Raw = NOTHING
    id: Raw = NOTHING
    code: Raw = NOTHING
    msg: str | None = None
    error: Raw = NOTHING


class Named(Struct, gc=False):
    """A payload's symbol where it lies inside the order."""

    s: str


OPEN: Final = Decoder(Envelope)
SNAPSHOT: Final = Decoder(Snapshot)
NAMED: Final = Decoder(Named)
