"""Names of market streams, who subscribed to what, and the delivery of one payload to all of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from simulator.binance.formats import Json, encode
from simulator.exchange.candles import INTERVALS_NS

_DEPTH = re.compile(r"depth(5|10|20)?(?:@(100|1000)ms)?")
_PLAIN_KINDS = ("trade", "aggTrade", "bookTicker", "miniTicker", "ticker", "avgPrice")


@dataclass(frozen=True, slots=True)
class StreamName:
    """A stream that this venue has. `levels` is zero for the stream of changes; `interval` is a candle's."""

    symbol: str
    kind: str
    period_ms: int = 1000
    levels: int = 0
    interval: str = ""


def parse_stream(name: str) -> StreamName | None:
    """Return what a stream name means; None for one that this venue accepts and keeps silent on."""
    if name == "!miniTicker@arr":
        return StreamName("", "miniTickers")
    symbol, _, kind = name.partition("@")
    if not kind or symbol != symbol.lower():
        return None
    symbol = symbol.upper()
    if kind in _PLAIN_KINDS:
        return StreamName(symbol, kind)
    depth = _DEPTH.fullmatch(kind)
    if depth is not None:
        levels, period_ms = int(depth[1] or 0), int(depth[2] or 1000)
        return StreamName(symbol, "partialDepth" if levels else "depth", period_ms, levels)
    interval = kind.removeprefix("kline_")
    if interval != kind and interval in INTERVALS_NS:
        return StreamName(symbol, "kline", 1000 if interval == "1s" else 2000, interval=interval)
    return None


class Subscriber(Protocol):
    def push(self, name: str, payload: bytes) -> None: ...


@dataclass(slots=True)
class Topic:
    """A stream somebody listens to. `mark` is what its feed remembers of the last payload, if it needs to."""

    name: str
    stream: StreamName
    subscribers: dict[Subscriber, None] = field(default_factory=dict)
    mark: int = -1


class StreamHub:
    """Subscriptions of all connections. Payloads are encoded once, and only where somebody listens."""

    def __init__(self) -> None:
        self._topics: dict[str, Topic] = {}

    def subscribe(self, name: str, subscriber: Subscriber) -> None:
        stream = parse_stream(name)
        if stream is not None:
            self._topics.setdefault(name, Topic(name, stream)).subscribers[subscriber] = None

    def unsubscribe(self, name: str, subscriber: Subscriber) -> None:
        topic = self._topics.get(name)
        if topic is None:
            return
        topic.subscribers.pop(subscriber, None)
        if not topic.subscribers:
            del self._topics[name]

    def has(self, name: str) -> bool:
        return name in self._topics

    def topics(self, *kinds: str) -> Iterator[Topic]:
        """Yield the topics of these kinds; publishing while iterating is safe."""
        return iter([topic for topic in self._topics.values() if topic.stream.kind in kinds])

    def publish(self, name: str, payload: Json) -> None:
        topic = self._topics.get(name)
        if topic is None:
            return
        frame = encode(payload)
        for subscriber in tuple(topic.subscribers):
            subscriber.push(name, frame)
