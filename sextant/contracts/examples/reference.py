"""Examples of what holds for longer: trading rules and clocks."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.contracts.examples.values import BTC, INVERSE, Example, at, decimal, instant
from sextant.contracts.market.v1 import reference_pb2


def instruments() -> Mapping[str, Example]:
    """Return examples of market.instruments.v1."""
    return {
        "spot": Example(BTC, spot()),
        "inverse": Example(INVERSE, _inverse()),
        "halted": Example("alpha:DOGE/USDT", _halted()),
        "delisted": Example("alpha:LUNA/USDT", None),
    }


def clocks() -> Mapping[str, Example]:
    """Return examples of market.clocks.v1."""
    return {
        "ahead": Example("alpha", _clock("alpha", 3_200_000, 400_000)),
        "behind": Example("gamma", _clock("gamma", -1_270_000_000, 0)),
        "venue-gone": Example("delta", None),
    }


def spot() -> reference_pb2.Instrument:
    """Return the rules of the story's instrument."""
    return reference_pb2.Instrument(
        instrument=BTC,
        venue="alpha",
        operator="alpha",
        venue_symbol="BTCUSDT",
        base="BTC",
        quote="USDT",
        settle="USDT",
        kind=reference_pb2.INSTRUMENT_KIND_SPOT,
        tick=decimal("0.01"),
        lot=decimal("0.00001"),
        minimum_notional=decimal("5"),
        contract_size=decimal("1"),
        is_trading=True,
        version=1,
        read_time=instant(at(0)),
    )


def _inverse() -> reference_pb2.Instrument:
    return reference_pb2.Instrument(
        instrument=INVERSE,
        venue="gammacoin",
        operator="gamma",
        venue_symbol="BTCUSD_PERP",
        base="BTC",
        quote="USD",
        settle="BTC",
        kind=reference_pb2.INSTRUMENT_KIND_INVERSE,
        tick=decimal("0.1"),
        lot=decimal("1"),
        minimum_notional=decimal("0"),
        contract_size=decimal("100"),
        is_trading=True,
        version=4,
        read_time=instant(at(0)),
    )


def _halted() -> reference_pb2.Instrument:
    rules = spot()
    rules.instrument, rules.venue_symbol, rules.base = "alpha:DOGE/USDT", "DOGEUSDT", "DOGE"
    rules.tick.value, rules.lot.value, rules.is_trading = "0.0000001", "1", False
    rules.version = 12
    return rules


def _clock(venue: str, offset_ns: int, uncertainty_ns: int) -> reference_pb2.VenueClock:
    return reference_pb2.VenueClock(
        venue=venue, offset_ns=offset_ns, uncertainty_ns=uncertainty_ns, estimate_time=instant(at(0))
    )
