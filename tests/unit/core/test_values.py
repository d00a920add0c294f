"""Instruments, partitions, time and signatures: the small values that everything else is made of."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.core.commands import is_signed, sign_command
from sextant.core.errors import (
    Fatal,
    InvalidValue,
    PoisonRecord,
    Refused,
    Retryable,
    SequenceGap,
    SextantError,
    WriterFenced,
)
from sextant.core.instruments import Instrument, InstrumentKind, Side, base_asset, split_instrument
from sextant.core.partitions import (
    MARKET_PARTITIONS,
    PORTFOLIO_PARTITIONS,
    market_partition,
    portfolio_partition,
)
from sextant.core.time import SettableClock, SystemClock, iso

SPOT = Instrument(
    "alpha:BTC/USDT", "alpha", "alpha", "BTCUSDT", "BTC", "USDT", "USDT", InstrumentKind.SPOT,
    Decimal("0.01"), Decimal("0.00001"), Decimal(5),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "venue", "symbol", "base"),
    [
        ("binance:BTC/USDT", "binance", "BTC/USDT", "BTC"),
        ("binance:BTC/USDT:USDT", "binance", "BTC/USDT:USDT", "BTC"),
        ("deribit:ETH/USD:ETH-260327-4000-C", "deribit", "ETH/USD:ETH-260327-4000-C", "ETH"),
    ],
)
def test_instruments_are_a_venue_and_a_unified_symbol(name: str, venue: str, symbol: str, base: str) -> None:
    assert split_instrument(name) == (venue, symbol)
    assert base_asset(name) == base


@pytest.mark.parametrize(
    "name",
    ["", "BTC/USDT", ":BTC/USDT", "binance:BTCUSDT", "binance", "binance:", "binance:/USDT", "binance:BTC/"],
)
def test_other_texts_are_no_instruments(name: str) -> None:
    with pytest.raises(InvalidValue, match="instrument: expected <venue>:<base>/<quote>"):
        split_instrument(name)


def test_prices_and_quantities_round_to_the_instruments_steps() -> None:
    assert SPOT.price_floor(Decimal("42000.019")) == Decimal("42000.01")
    assert SPOT.price_ceil(Decimal("42000.011")) == Decimal("42000.02")
    assert SPOT.quantity_floor(Decimal("0.0238095")) == Decimal("0.02380")


def test_notional_is_in_quote_units_whatever_the_kind() -> None:
    assert SPOT.notional(Decimal(42_000), Decimal("0.5")) == Decimal(21_000)
    linear = replace(SPOT, kind=InstrumentKind.LINEAR, contract_size=Decimal("0.1"))
    assert linear.notional(Decimal(42_000), Decimal(5)) == Decimal(21_000)
    inverse = replace(SPOT, kind=InstrumentKind.INVERSE, contract_size=Decimal(100))
    assert inverse.notional(Decimal(42_000), Decimal(7)) == Decimal(700)


def test_sides_are_signs_and_opposites() -> None:
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
    assert all(side.opposite.opposite is side and side.opposite is not side for side in Side)


@given(key=st.text(max_size=30))
def test_every_key_has_one_partition_of_its_family(key: str) -> None:
    assert market_partition(key) == market_partition(key) in range(MARKET_PARTITIONS)
    assert portfolio_partition(key) == portfolio_partition(key) in range(PORTFOLIO_PARTITIONS)


def test_partitions_never_move() -> None:
    """Golden values: state and order of a key live in its partition."""
    assert {asset: market_partition(asset) for asset in ("BTC", "ETH", "SOL", "LTC", "ARB")} == {
        "BTC": 0, "ETH": 1, "SOL": 2, "LTC": 10, "ARB": 23,
    }  # fmt: skip
    assert [market_partition(asset) for asset in ("PEPE", "SHIB", "alpha/spot-0")] == [2, 10, 4]
    assert [portfolio_partition(name) for name in ("main", "second", "desk-7")] == [3, 5, 4]


def test_btc_and_eth_are_apart() -> None:
    assert market_partition("BTC") != market_partition("ETH")


@given(ns=st.integers(0, 4_000_000_000 * 10**9))
def test_instants_are_written_to_the_nanosecond(ns: int) -> None:
    text = iso(ns)
    assert text[-11:-1].lstrip(".").isdigit()
    assert int(text[-10:-1]) == ns % 10**9
    assert len(text) == 30


def test_an_instant_before_the_epoch_is_written_too() -> None:
    assert iso(-1) == "1969-12-31T23:59:59.999999999Z"
    assert iso(1_767_225_600_000_000_001) == "2026-01-01T00:00:00.000000001Z"


def test_a_settable_clock_stands_until_it_is_moved() -> None:
    clock = SettableClock(5)
    assert (clock.wall_ns(), clock.monotonic_ns()) == (5, 5)
    clock.advance(3)
    assert (clock.wall_ns(), clock.monotonic_ns()) == (8, 8)


def test_the_machines_monotonic_clock_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic_ns() for _ in range(100)]
    assert readings == sorted(readings)
    assert clock.wall_ns() > 1_700_000_000 * 10**9


@given(key=st.binary(min_size=1, max_size=64), message=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_signature_holds_for_its_key_and_bytes_alone(key: bytes, message: bytes, other: bytes) -> None:
    signature = sign_command(key, message)
    assert len(signature) == 32
    assert is_signed(key, message, signature)
    assert is_signed(key, other, signature) == (message == other)
    assert not is_signed(key + b"x", message, signature)
    assert not is_signed(key, message, signature[:-1])


@pytest.mark.parametrize("key", [None, b""])
def test_without_a_key_nothing_counts_as_signed(key: bytes | None) -> None:
    assert not is_signed(key, b"halt", b"")
    with pytest.raises(InvalidValue, match="operator key"):
        sign_command(b"", b"halt")


def test_errors_carry_what_a_caller_needs_to_act() -> None:
    gap = SequenceGap(stream="alpha/spot-0", expected=4, received=9)
    assert (gap.expected, gap.received, isinstance(gap, Retryable)) == (4, 9, True)
    poison = PoisonRecord(topic="t", partition=1, offset=2, reason="bad")
    assert (str(poison), isinstance(poison, Refused)) == ("t/1@2: bad", True)
    fenced = WriterFenced(portfolio="main", own_epoch=1, current_epoch=2)
    assert isinstance(fenced, Fatal)
    value = InvalidValue("quantity", "-3", "a number above zero")
    assert str(value) == "quantity: expected a number above zero, was '-3'"
    assert isinstance(value, ValueError)
    assert all(isinstance(error, SextantError) for error in (gap, poison, fenced, value))
