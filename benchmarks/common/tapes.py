"""What is played to every path: the frames of one instrument, recorded or made up, in the form that all of them read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.common.synthetic import synthetic_lines
from sextant.core.instruments import Instrument
from sextant.venues.binance.markets import Market
from sextant.venues.binance.symbols import instruments
from simulator.replay.instruments import exchange_info
from simulator.replay.instruments import instrument as recorded_rules
from simulator.replay.recording import Venue

RECORDING: Final = Path(__file__).resolve().parents[3] / "shared" / "market" / "ws_raw" / "binance_multi"
KINDS: Final = ("trade", "ticker", "depth")
_SNAPSHOT: Final = b'{"lastUpdateId"'
_MARKETS: Final = {Venue.SPOT: Market.SPOT, Venue.USDM: Market.USDM, Venue.COINM: Market.COINM}


class Frame(NamedTuple):
    """One frame: what it is, when it was received, its bytes."""

    kind: str
    receive_ns: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Tape:
    """One instrument's frames. `lead` goes before, until the book is whole; `frames` is what is timed."""

    name: str
    market: Market
    venue: Venue
    symbol: str
    snapshot: bytes
    lead: tuple[Frame, ...]
    frames: tuple[Frame, ...]

    @property
    def information(self) -> bytes:
        """The venue's exchangeInfo answer about the instrument."""
        return json.dumps(exchange_info(self.venue, [recorded_rules(self.venue, self.symbol)], 0)).encode()

    @property
    def instrument(self) -> Instrument:
        rules = recorded_rules(self.venue, self.symbol)
        found = instruments(
            self.information,
            venue=self.venue.value,
            operator="binance",
            market=self.market,
            bases=[rules.base],
            quote=rules.quote,
        )
        return found[0]

    def of(self, kind: str) -> tuple[Frame, ...]:
        """Return the frames of one kind, all of them for "mix"."""
        return self.frames if kind == "mix" else tuple(each for each in self.frames if each.kind == kind)


def load_tapes(limit: int, *, base: str = "btc", folder: Path = RECORDING) -> tuple[list[Tape], str]:
    """Return one tape a market with up to `limit` frames after the lead, and a sentence on where they come from."""
    sources = {
        Venue.SPOT: f"spot_{base}usdt",
        Venue.USDM: f"usdm_{base}usdt",
        Venue.COINM: f"cm_{base}usd_perp",
    }
    recorded = {venue: sorted(folder.glob(f"{stem}_*.gz")) for venue, stem in sources.items()}
    is_recorded = all(recorded.values())
    tapes = []
    for venue, stem in sources.items():
        symbol = stem.partition("_")[2].upper()
        lines = _recorded(recorded[venue][0]) if is_recorded else synthetic_lines(venue, symbol, limit + 200)
        tapes.append(make_tape(stem, venue, symbol, lines, limit))
    if is_recorded:
        return (
            tapes,
            "frames: recorded, Binance spot, USD-M and COIN-M, 2024-08-08; @trade rewritten as @aggTrade",
        )
    return tapes, "frames: made up in the recording's shape, because ../shared/market is absent"


def make_tape(name: str, venue: Venue, symbol: str, lines: Iterable[tuple[int, bytes]], limit: int) -> Tape:
    """Cut lines of (receive ns, text) into a lead, which ends once the snapshot is bridged, and the frames to time."""
    snapshot, last_id = b"", 0
    lead: list[Frame] = []
    frames: list[Frame] = []
    is_whole = False
    for receive_ns, raw in lines:
        if raw.startswith(_SNAPSHOT):
            snapshot, last_id = raw, json.loads(raw)["lastUpdateId"]
            continue
        frame = _frame(receive_ns, raw)
        if frame is None:
            continue
        (frames if is_whole else lead).append(frame)
        if not is_whole and snapshot and frame.kind == "depth":
            is_whole = json.loads(raw)["data"]["U"] > last_id
        if len(frames) >= limit:
            break
    return Tape(name, _MARKETS[venue], venue, symbol, snapshot, tuple(lead), tuple(frames))


def _recorded(path: Path) -> Iterator[tuple[int, bytes]]:
    with gzip.open(path) as lines:
        for line in lines:
            stamp, _, raw = line.rstrip(b"\n").partition(b" ")
            yield int(stamp), raw


def _frame(receive_ns: int, raw: bytes) -> Frame | None:
    """Return the frame in the form that the peer reads as well; None for futures trades that are no fill of the book.

    cryptofeed subscribes to @aggTrade only. Recordings hold @trade, which has the same fields under another name of the id.
    """
    stream = raw[: raw.find(b'"', 11)]
    if b"@depth" in stream:
        return Frame("depth", receive_ns, raw)
    if b"@bookTicker" in stream:
        return Frame("ticker", receive_ns, raw)
    if b'"X":"' in raw and b'"X":"MARKET"' not in raw:
        return None
    renamed = raw.replace(b"@trade", b"@aggTrade", 1).replace(b'"e":"trade"', b'"e":"aggTrade"', 1)
    return Frame("trade", receive_ns, renamed.replace(b'"t":', b'"a":', 1))
