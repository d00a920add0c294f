"""What closes an account, and what the emergency log remembers of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from services.execution.domain.flatten import closings
from services.execution.domain.halts import Level, Word
from services.execution.emergency_log import EmergencyLog
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Instrument, InstrumentKind, Side
from tests.unit.services.execution.test_machine import TERMS


def instrument(kind: InstrumentKind, symbol: str, base: str) -> Instrument:
    return Instrument(
        f"alpha:{base}/USDT", "alpha", "alpha", symbol, base, "USDT", "USDT", kind,
        tick=Decimal("0.01"), lot=Decimal("0.1"), minimum_notional=Decimal(5),
    )  # fmt: skip


RULES = [
    instrument(InstrumentKind.SPOT, "BTCUSDT", "BTC"),
    instrument(InstrumentKind.LINEAR, "ETHPERP", "ETH"),
]


def numbers(**values: str) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in values.items()}


def test_what_is_held_above_the_opening_is_sold_in_whole_lots() -> None:
    held = numbers(BTC="1.55", USDT="100")
    [closing], problems = closings(held, held, numbers(BTC="1", USDT="1000"), RULES, "USDT")
    assert (closing.instrument.venue_symbol, closing.side, closing.quantity) == (
        "BTCUSDT",
        Side.SELL,
        Decimal("0.5"),
    )
    assert problems == []


def test_only_what_is_free_can_be_sold() -> None:
    [closing], _ = closings(numbers(BTC="1.5"), numbers(BTC="0.3"), {}, RULES, "USDT")
    assert closing.quantity == Decimal("0.3")


def test_a_short_derivative_is_bought_back() -> None:
    held = numbers(ETHPERP="-2.0")
    [closing], _ = closings(held, held, {}, RULES, "USDT")
    assert (closing.side, closing.quantity) == (Side.BUY, Decimal(2))


def test_what_no_instrument_is_known_for_is_a_problem_in_words() -> None:
    held = numbers(DOGE="7")
    assert closings(held, held, {}, RULES, "USDT") == (
        [],
        ["DOGE: holds 7, no instrument against USDT is known"],
    )


def test_what_is_smaller_than_a_lot_stays() -> None:
    held = numbers(BTC="0.09")
    assert closings(held, held, {}, RULES, "USDT") == ([], [])


def test_the_emergency_log_gives_back_what_it_was_told(tmp_path: Path) -> None:
    log = EmergencyLog(tmp_path / "emergency.jsonl")
    assert log.read().words == []
    word = Word("c1", "global", Level.FLAT, 7, "why")
    log.word(word)
    log.closing(TERMS)
    log.note("c1", "done")
    with log.path.open("a") as file:
        file.write('{"kind":"word","comm')  # a crash cut this line short
    other = Word("c2", "portfolio/main", Level.FLAT, 8)
    log.word(other)
    remembered = log.read()
    assert remembered.words == [word, other]
    assert remembered.closings == [TERMS]


def test_a_line_of_another_kind_is_named(tmp_path: Path) -> None:
    path = tmp_path / "emergency.jsonl"
    path.write_text('{"kind":"else"}\n')
    with pytest.raises(InvalidValue, match=r"emergency.jsonl:1"):
        EmergencyLog(path).read()
