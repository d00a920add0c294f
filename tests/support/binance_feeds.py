"""Feeds and recordings for tests of Binance market data."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from sextant.contracts.market.v1 import events_pb2
from sextant.core.errors import SettingsInvalid
from sextant.core.instruments import Instrument, InstrumentKind
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.binance.markets import Market
from sextant.venues.binance.subscriptions import plan
from sextant.venues.native import MarketPath, choose

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "market" / "ws_raw" / "binance_multi"
SPOT, LINEAR, INVERSE = InstrumentKind.SPOT, InstrumentKind.LINEAR, InstrumentKind.INVERSE
#: name -> market, venue symbol, base, quote, settle, kind, tick, lot
RECORDED = {
    "spot_btcusdt": (Market.SPOT, "BTCUSDT", "BTC", "USDT", "USDT", SPOT, "0.01", "0.00001"),
    "spot_ethusdt": (Market.SPOT, "ETHUSDT", "ETH", "USDT", "USDT", SPOT, "0.01", "0.0001"),
    "usdm_btcusdt": (Market.USDM, "BTCUSDT", "BTC", "USDT", "USDT", LINEAR, "0.1", "0.001"),
    "usdm_ethusdt": (Market.USDM, "ETHUSDT", "ETH", "USDT", "USDT", LINEAR, "0.01", "0.001"),
    "cm_btcusd_perp": (Market.COINM, "BTCUSD_PERP", "BTC", "USD", "BTC", INVERSE, "0.1", "1"),
    "cm_ethusd_perp": (Market.COINM, "ETHUSD_PERP", "ETH", "USD", "ETH", INVERSE, "0.01", "1"),
}


#: The path of feeds made without one; None is what the environment chooses.
default_path: MarketPath | None = None


def recorded_instrument(name: str) -> tuple[Market, Instrument]:
    market, symbol, base, quote, settle, kind, tick, lot = RECORDED[name]
    venue = market.rules.name
    unified = f"{base}/{quote}" if kind is SPOT else f"{base}/{quote}:{settle}"
    zero = Decimal(0)
    instrument = Instrument(
        f"{venue}:{unified}",
        venue,
        "binance",
        symbol,
        base,
        quote,
        settle,
        kind,
        Decimal(tick),
        Decimal(lot),
        zero,
    )
    return market, instrument


def native_path() -> MarketPath:
    """Return the native path; skips the test where its module is not built."""
    try:
        return choose("native")
    except SettingsInvalid:
        pytest.skip("the native module is not installed: make build makes it where cargo is")


def make_feed(
    name: str = "spot_btcusdt",
    *,
    opened_ns: int = 1,
    is_recording: bool = True,
    path: MarketPath | None = None,
) -> tuple[VenueFeed, str]:
    """Return a feed of one instrument with its primary connection open, and that connection's name."""
    market, instrument = recorded_instrument(name)
    connections = plan(market, [instrument], 50, is_recording=is_recording)
    feed = VenueFeed(instrument.venue, market, connections, path=path or default_path)
    for connection in connections:
        feed.connected(connection.name, 1, opened_ns)
    return feed, connections[0].name


def recording(name: str, limit: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield (receive ns, frame); skips the test where the recordings are not there."""
    found = sorted(RECORDINGS.glob(f"{name}_*.gz"))
    if not found:
        pytest.skip(f"recordings are not at {RECORDINGS}")
    with gzip.open(found[0]) as lines:
        for number, line in enumerate(lines):
            if number == limit:
                return
            stamp, _, raw = line.rstrip(b"\n").partition(b" ")
            yield int(stamp), raw


def batches(feed: VenueFeed) -> list[events_pb2.EventBatch]:
    """Take what was said, as the public schema reads it."""
    return [events_pb2.EventBatch.FromString(said.data) for said in feed.take()]


def refusals(feed: VenueFeed) -> list[str]:
    """Take the journal and return the reasons in it."""
    return [reason for piece in feed.take_journal() for reason in piece.batch.refusals if reason]
