"""Frames in the recording's shape where there is no recording: kinds, sizes and levels as recorded, prices a seeded walk."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from simulator.replay.instruments import Instrument, instrument
from simulator.replay.recording import Venue

_FIRST_NS: Final = 1_723_161_254_000_000_000
_GAP_NS: Final = 8_000_000
#: Shares of bookTicker and trade frames (the rest is depth) and levels of a side, as in the recording of each market.
_SHAPE: Final = {Venue.SPOT: (0.68, 0.24, 18), Venue.USDM: (0.78, 0.12, 25), Venue.COINM: (0.74, 0.05, 12)}
_SPEED: Final = {Venue.SPOT: "100ms", Venue.USDM: "0ms", Venue.COINM: "0ms"}
_LEVELS: Final = 1_000
_MID: Final = 61_800


@dataclass(slots=True)
class _Market:
    """A book in ticks, kept uncrossed: bids below `mid`, asks above it."""

    draws: random.Random
    rules: Instrument
    mid: int
    update_id: int = 50_000_000_000
    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)

    def fill(self) -> None:
        for distance in range(1, _LEVELS + 1):
            self.bids[self.mid - distance] = self._quantity()
            self.asks[self.mid + distance] = self._quantity()

    def change(self, levels: int) -> dict[str, list[list[str]]]:
        """Move, and return the levels that changed by that, as the venue says them."""
        self.mid += self.draws.choice((-2, -1, 0, 0, 1, 2))
        changed: dict[str, dict[int, int]] = {"b": {}, "a": {}}
        for side, book, sign in (("b", self.bids, -1), ("a", self.asks, 1)):
            for price in [each for each in book if (each - self.mid) * sign <= 0]:
                changed[side][price] = 0
            for _ in range(levels):
                price = self.mid + sign * (1 + int(self.draws.expovariate(1 / 200)))
                changed[side][price] = 0 if self.draws.random() < 0.4 else self._quantity()
            changed[side][self.mid + sign] = self._quantity()
            for price, quantity in changed[side].items():
                if quantity:
                    book[price] = quantity
                else:
                    book.pop(price, None)
        return {side: self.texts(levels_of) for side, levels_of in changed.items()}

    def texts(self, levels: dict[int, int]) -> list[list[str]]:
        return [[self.price(price), self.quantity(amount)] for price, amount in levels.items()]

    def price(self, ticks: int) -> str:
        return self.rules.price_text(ticks * self.rules.tick)

    def quantity(self, lots: int) -> str:
        return self.rules.amount_text(lots * self.rules.lot)

    def _quantity(self) -> int:
        return self.draws.randrange(1, 9_000)


def synthetic_lines(venue: Venue, symbol: str, count: int) -> Iterator[tuple[int, bytes]]:
    """Yield (receive ns, text) of `count` frames and, after the first depth frames, the REST snapshot. Always the same."""
    draws = random.Random(f"{venue.value}/{symbol}")
    rules = instrument(venue, symbol)
    market = _Market(draws, rules, mid=int(_MID / rules.tick))
    market.fill()
    tickers, trades, levels = _SHAPE[venue]
    for number in range(count):
        receive_ns = _FIRST_NS + number * _GAP_NS
        draw = draws.random()
        if number == 20:
            yield receive_ns, _snapshot(market)
        if number < 20 or draw >= tickers + trades:
            yield (
                receive_ns,
                _frame(symbol, f"depth@{_SPEED[venue]}", _depth(market, venue, symbol, receive_ns, levels)),
            )
        elif draw < tickers:
            yield receive_ns, _frame(symbol, "bookTicker", _ticker(market, venue, symbol, receive_ns))
        else:
            yield receive_ns, _frame(symbol, "trade", _trade(market, venue, symbol, receive_ns, number))


def _depth(market: _Market, venue: Venue, symbol: str, receive_ns: int, levels: int) -> dict[str, object]:
    before = market.update_id
    market.update_id += 1 + market.draws.randrange(20)
    ids: dict[str, object] = {"U": before + 1, "u": market.update_id}
    if venue is not Venue.SPOT:
        ids["pu"] = before
    return {"e": "depthUpdate", **_times(venue, receive_ns), "s": symbol, **ids, **market.change(levels)}


def _ticker(market: _Market, venue: Venue, symbol: str, receive_ns: int) -> dict[str, object]:
    bid, ask = market.mid - 1, market.mid + 1
    best = {
        "b": market.price(bid),
        "B": market.quantity(market.bids[bid]),
        "a": market.price(ask),
        "A": market.quantity(market.asks[ask]),
    }
    if venue is Venue.SPOT:
        return {"u": market.update_id, "s": symbol, **best}
    return {"e": "bookTicker", "u": market.update_id, "s": symbol, **best, **_times(venue, receive_ns)}


def _trade(market: _Market, venue: Venue, symbol: str, receive_ns: int, number: int) -> dict[str, object]:
    is_sell = market.draws.random() < 0.5
    return {
        "e": "trade",
        "E": receive_ns // 1_000_000,
        "s": symbol,
        "t": 3_735_683_259 + number,
        "p": market.price(market.mid - 1 if is_sell else market.mid + 1),
        "q": market.quantity(market.draws.randrange(1, 3_000)),
        "T": receive_ns // 1_000_000 - 1,
        **({} if venue is Venue.SPOT else {"X": "MARKET"}),
        "m": is_sell,
    }


def _times(venue: Venue, receive_ns: int) -> dict[str, object]:
    at_ms = receive_ns // 1_000_000
    return {"E": at_ms} if venue is Venue.SPOT else {"E": at_ms, "T": at_ms - 1}


def _snapshot(market: _Market) -> bytes:
    levels = {
        "bids": market.texts(dict(sorted(market.bids.items(), reverse=True))),
        "asks": market.texts(dict(sorted(market.asks.items()))),
    }
    return _compact({"lastUpdateId": market.update_id, **levels})


def _frame(symbol: str, stream: str, data: dict[str, object]) -> bytes:
    return _compact({"stream": f"{symbol.lower()}@{stream}", "data": data})


def _compact(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
