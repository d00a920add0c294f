"""Frames of a made-up market as Binance writes them, and frames that are damaged."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any, Final

from sextant.venues.binance.markets import Market
from tests.support.binance_feeds import recorded_instrument

MILLISECOND: Final = 1_000_000
START_NS: Final = 1_700_000_000_000 * MILLISECOND
_NUMBER: Final = re.compile(rb'"\d+(\.\d+)?"')
_INTEGER: Final = re.compile(rb":\d+")
NASTY: Final = (
    *(
        "1e5",
        "-1.5",
        "NaN",
        "+1",
        "1_000",
        "١٢٣",
        "9" * 18,
        "9" * 19,
        "9" * 40,
        "0." + "0" * 70,
        "1.",
        ".5",
        "",
    ),
    *(
        " 1",
        "1 ",
        "01",
        "00.10",
        "0",
        "0.00",
        "-0",
        "-0.0",
        "\\u0031",
        "1.2.3",
        "Infinity",
        "0x10",
        "1\u0000",
    ),
    *("12345678901234567.8", "9223372036854775807", "9223372036854775808", "1" + "0" * 63, "0" * 30 + "1"),
    *("61837.631", "0.00000001", "1.50", "1.5" + "0" * 20, "1.5" + "0" * 40, "1.5" + "0" * 20 + "1"),
)
_NASTY_VALUES: Final = (
    *("-1", "1e3", "1.0", "00", "01", "0", "null", "true", '"5"', "[]", "{}", "[[]]", "9223372036854775807"),
    *("9223372036854775808", "9000000000000", "9000000000001", "999999999999999999", "1000000000000000000"),
)
_INSERTS: Final = (
    b" ",
    b"\n",
    b",",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"0",
    b"\x00",
    b"\xff",
    b"\xc3\xa9",
    b"e",
    b"-",
)
_EXTRAS: Final = (
    *('"zz":1', '"zz":null', '"zz":"a b"', '"zz":"\\u00e9"', '"zz":[1,2]', '"zz":{"e":"trade"}', '"zz":-1'),
    *(
        '"zz":1.5',
        '"":1',
        '"z z":1',
        '"s":"BTCUSDT"',
        '"u":7',
        '"E":1',
        '"b":[]',
        '"pu":1',
        '"X":"NA"',
        '"e":""',
    ),
)


class MarketFrames:
    """Frames of one instrument in the venue's own key order, from a seed. Receive stamps grow; ids follow one another."""

    def __init__(self, name: str, seed: int) -> None:
        self.market, self.instrument = recorded_instrument(name)
        self.random = random.Random(seed)
        self._symbol = self.instrument.venue_symbol
        self._id = 1_000
        self._middle = 6_000_000
        self.receive_ns = START_NS

    def next(self) -> bytes:
        """Return the next frame; its receive time is `receive_ns`."""
        self.receive_ns += self.random.randrange(0, 40 * MILLISECOND)
        self._middle += self.random.randrange(-20, 21)
        kind = self.random.choice((self._trade, self._aggregate, self._quote, self._depth, self._depth))
        stream, data = kind()
        return json.dumps(
            {"stream": f"{self._symbol.lower()}@{stream}", "data": data}, separators=(",", ":")
        ).encode()

    def snapshot(self) -> bytes:
        """Return a REST answer at the id of the newest depth event."""
        bids = [[self._price(-number), self._quantity()] for number in range(1, 40)]
        asks = [[self._price(number), self._quantity()] for number in range(1, 40)]
        return json.dumps({"lastUpdateId": self._id, "bids": bids, "asks": asks}).encode()

    def _times(self) -> dict[str, int]:
        event = self.receive_ns // MILLISECOND + self.random.randrange(900, 940)
        return {"E": event, "T": event - 1}

    def _price(self, ticks: int) -> str:
        return self._text(self._middle + ticks, self.instrument.tick.as_tuple().exponent)

    def _quantity(self) -> str:
        return self._text(self.random.randrange(1, 10**6), self.instrument.lot.as_tuple().exponent)

    def _text(self, value: int, exponent: Any) -> str:
        """A number at its step, on spot with the zeros that the venue adds."""
        text = f"{value:0{1 - exponent}d}"
        text = f"{text[:exponent]}.{text[exponent:]}" if exponent else text
        return text + "0" * self.random.choice((0, 3)) if "." in text else text

    def _trade(self) -> tuple[str, dict[str, object]]:
        data = {"e": "trade", **self._times(), "s": self._symbol, "t": self.random.randrange(10**9)}
        data |= {"p": self._price(0), "q": self._quantity(), "X": "MARKET", "m": self.random.random() < 0.5}
        if self.random.random() < 0.05:
            data["X"] = "INSURANCE_FUND"
        return "trade", data

    def _aggregate(self) -> tuple[str, dict[str, object]]:
        data = {"e": "aggTrade", **self._times(), "s": self._symbol, "a": self.random.randrange(10**9)}
        data |= {"p": self._price(0), "q": self._quantity(), "f": 1, "l": 2, "m": self.random.random() < 0.5}
        return "aggTrade", data

    def _quote(self) -> tuple[str, dict[str, object]]:
        data: dict[str, object] = {"u": self._id, "s": self._symbol}
        data |= {"b": self._price(-1), "B": self._quantity(), "a": self._price(1), "A": self._quantity()}
        return "bookTicker", data if self.market is Market.SPOT else {
            "e": "bookTicker",
            **data,
            **self._times(),
        }

    def _depth(self) -> tuple[str, dict[str, object]]:
        before, self._id = self._id, self._id + self.random.randrange(1, 9)
        data: dict[str, object] = {"e": "depthUpdate", **self._times(), "s": self._symbol}
        data |= {"U": before + 1, "u": self._id, "pu": before}
        if self.market is Market.SPOT:
            del data["pu"], data["T"]
        wide = 60 if self.random.random() < 0.99 else -3
        bids = [
            [self._price(-self.random.randrange(min(1, wide), 60)), self._size()]
            for _ in range(self._count())
        ]
        asks = [[self._price(self.random.randrange(1, 60)), self._size()] for _ in range(self._count())]
        # The other side's levels that the middle has passed are gone.
        bids += [[self._price(number), "0"] for number in range(41)]
        asks += [[self._price(-number), "0"] for number in range(41)]
        return "depth@100ms", data | {"b": bids, "a": asks}

    def _count(self) -> int:
        return self.random.choice((0, 1, 5, 20))

    def _size(self) -> str:
        return self._quantity() if self.random.random() < 0.6 else "0.00"


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """Return the frame changed in one of the ways in which frames go wrong, or were never right."""
    return chance.choice(_DAMAGES)(raw, chance)


def _flip(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]


def _cut(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + raw[at + chance.choice((1, 2, 5, len(raw))) :]


def _insert(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + chance.choice(_INSERTS) + raw[at:]


def _repeat(raw: bytes, chance: random.Random) -> bytes:
    begin = chance.randrange(len(raw))
    end = begin + chance.randrange(1, 12)
    return raw[:end] + raw[begin:]


def _number(raw: bytes, chance: random.Random) -> bytes:
    return _replaced(raw, chance, _NUMBER, f'"{chance.choice(NASTY)}"'.encode())


def _value(raw: bytes, chance: random.Random) -> bytes:
    pattern = chance.choice((_INTEGER, re.compile(rb':("[^"]*"|true|false)')))
    return _replaced(raw, chance, pattern, f":{chance.choice(_NASTY_VALUES)}".encode())


def _retyped(raw: bytes, chance: random.Random) -> bytes:
    found = list(_NUMBER.finditer(raw))
    if not found:
        return raw
    at = chance.choice(found)
    return raw[: at.start()] + at.group()[1:-1] + raw[at.end() :]


def _replaced(raw: bytes, chance: random.Random, pattern: re.Pattern[bytes], by: bytes) -> bytes:
    found = list(pattern.finditer(raw))
    if not found:
        return raw
    at = chance.choice(found)
    return raw[: at.start()] + by + raw[at.end() :]


def _keys(raw: bytes, chance: random.Random) -> bytes:
    """Shuffle, drop, add or double a key of the payload."""
    head, _, _ = raw.partition(b'"data":{')
    items = [f"{json.dumps(key)}:{json.dumps(value)}" for key, value in json.loads(raw)["data"].items()]
    items = [item.replace(", ", ",") for item in items]
    what = chance.randrange(4)
    if what == 0:
        chance.shuffle(items)
    elif what == 1:
        del items[chance.randrange(len(items))]
    elif what == 2:
        items.insert(chance.randrange(len(items) + 1), chance.choice(_EXTRAS))
    else:
        items.append(chance.choice(items))
    return head + b'"data":{' + ",".join(items).encode() + b"}}"


def _surrounded(raw: bytes, chance: random.Random) -> bytes:
    return chance.choice((raw + raw, raw + b"}", raw + b" ", b" " + raw, raw + b"\n", raw[:-1], raw[1:], b""))


def _spaced(raw: bytes, chance: random.Random) -> bytes:
    return json.dumps(json.loads(raw)).encode()


def _renamed(raw: bytes, chance: random.Random) -> bytes:
    old, new = chance.choice(
        (
            (b"BTC", b"ETH"),
            (b"btc", b"eth"),
            (b"bookTicker", b"trade"),
            (b"depth", b"depth5"),
            (b'"s"', b'"\\u0073"'),
        )
    )
    return raw.replace(old, new, 1)


_DAMAGES: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    *(_flip, _cut, _insert, _repeat, _number, _number, _value, _retyped),
    *(_keys, _keys, _surrounded, _spaced, _renamed),
)
