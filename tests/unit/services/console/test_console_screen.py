"""What a terminal shows: whole at 120x40, the most important at 80x24, cut and never broken at any size."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from services.console.domain.layout import lay_out
from services.console.domain.panels import Cell, Tone
from services.console.domain.picture import Picture
from services.console.domain.screen import build_screen, status_line
from services.console.domain.summary import summarise
from services.console.view import Frame
from sextant.contracts.examples.values import BTC, ORDER_ID
from tests.unit.services.console.story import NOW, STARTED, told

SNAPSHOTS = Path(__file__).parent / "snapshots"


def drawn(picture: Picture, width: int, height: int) -> str:
    """Return the text that Rich draws on a terminal of this size, without colours."""
    file = io.StringIO()
    console = Console(file=file, width=width, height=height, color_system=None, force_terminal=True)
    console.print(Frame(build_screen(summarise(picture, NOW))), end="")
    return file.getvalue()


def cells(picture: Picture) -> list[Cell]:
    return [cell for line in lay_out(build_screen(summarise(picture, NOW)), 200, 100) for cell in line]


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 24)])
def test_the_screen_looks_as_it_did(width: int, height: int) -> None:
    """Else look at the difference; where it is wanted, write the file anew."""
    stored = SNAPSHOTS / f"{width}x{height}.txt"
    assert drawn(told(), width, height) == stored.read_text(encoding="utf-8")


@given(width=st.integers(1, 300), height=st.integers(1, 120))
def test_no_line_is_wider_and_no_screen_taller_than_the_terminal(width: int, height: int) -> None:
    lines = lay_out(build_screen(summarise(told(), NOW)), width, height)
    assert len(lines) <= height
    assert {sum(len(cell.text) for cell in line) for line in lines} == {width}


def test_an_order_whose_outcome_nobody_knows_is_an_alarm() -> None:
    alarms = {cell.text.strip() for cell in cells(told()) if cell.tone is Tone.ALARM}
    assert {"1 UNKNOWN", "1", f"{ORDER_ID[:8]}  UNKNOWN  {BTC}"} <= alarms


def test_nothing_heard_is_said_plainly() -> None:
    picture = Picture("paper", ("alpha",), STARTED)
    text = drawn(picture, 120, 40)
    assert "no status" in text
    assert "nothing yet" in text


def test_a_venue_that_nobody_speaks_for_is_silent() -> None:
    picture = told()
    later = NOW + 30_000_000_000
    row = next(
        line
        for line in lay_out(build_screen(summarise(picture, later)), 120, 40)
        if line[0].text.startswith("alpha")
    )
    assert "silent 31 s" in "".join(cell.text for cell in row)


def test_an_open_breaker_is_seen_on_the_smallest_screen() -> None:
    picture = told()
    known = picture.breakers["global"]
    picture.breakers["global"] = type(known)("global", "OPEN", "daily loss 2000.01 above 2000", NOW)
    text = drawn(picture, 80, 24)
    assert "breaker OPEN" in text
    assert "daily loss 2000.01 above 2000" in text


def test_the_status_line_says_it_all_in_one_line() -> None:
    assert status_line(summarise(told(), NOW)) == (
        "00:00:02 | venues 1/3 | fixes 1/1 good | vectors 1 | signals 1 | intents 1 | approved 1 | "
        "refused 1 (1 NOTHING_TO_REDUCE) | orders 1 unknown | fills 1 | main 99,999.00 USDT (-1.00 today) | "
        "breaker CLOSED | tick to order p50 24.0 p99 24.0 ms | lag 1,207"
    )
