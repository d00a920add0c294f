"""An account's trades are read whole: through every page, and past days without any."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.venues.binance.trade_pages import WINDOW_MS, trades_from, trades_of

HOUR_MS = 3_600_000
NOW_MS = 60 * WINDOW_MS


class Venue:
    """Answers as the venue does: 500 or `limit` rows, a day from a start time, the newest where nothing says where to begin."""

    def __init__(self, times_ms: Sequence[int], order_of: int = 1) -> None:
        rows = enumerate(sorted(times_ms))
        self.trades = [{"id": number, "time": at, "orderId": number % order_of} for number, at in rows]
        self.calls = 0

    async def get(self, path: str, parameters: Mapping[str, str]) -> Any:
        self.calls += 1
        start = int(parameters["startTime"]) if "startTime" in parameters else None
        rows = [row for row in self.trades if self._is_wanted(row, parameters, start)]
        limit = int(parameters.get("limit", "500"))
        has_beginning = start is not None or "fromId" in parameters
        return rows[:limit] if has_beginning else rows[-limit:]

    @staticmethod
    def _is_wanted(row: Mapping[str, int], parameters: Mapping[str, str], start: int | None) -> bool:
        is_in_window = start is None or start <= row["time"] <= start + WINDOW_MS
        is_of_order = "orderId" not in parameters or int(parameters["orderId"]) == row["orderId"]
        return is_in_window and is_of_order and row["id"] >= int(parameters.get("fromId", "0"))


@pytest.mark.parametrize("count", [0, 1, 999, 1_000, 1_001, 2_000, 3_500])
def test_every_trade_is_read_however_many_fall_into_one_window(count: int) -> None:
    venue = Venue([NOW_MS - HOUR_MS + number for number in range(count)])
    assert asyncio.run(trades_from(venue.get, "X", NOW_MS - 2 * HOUR_MS, NOW_MS)) == venue.trades


@given(st.lists(st.integers(0, 10 * WINDOW_MS), max_size=30), st.integers(0, 10 * WINDOW_MS))
def test_every_trade_from_a_time_on_is_read_however_far_they_lie_apart(
    times_ms: list[int], since_ms: int
) -> None:
    venue = Venue(times_ms)
    read = asyncio.run(trades_from(venue.get, "X", since_ms, 10 * WINDOW_MS))
    assert read == [row for row in venue.trades if row["time"] >= since_ms]


def test_where_nothing_was_traded_each_day_is_asked_for_once() -> None:
    venue = Venue([])
    assert asyncio.run(trades_from(venue.get, "X", NOW_MS - 3 * WINDOW_MS, NOW_MS)) == []
    assert venue.calls == 4


@pytest.mark.parametrize("count", [0, 499, 501, 1_000, 1_001, 2_500])
def test_every_trade_of_one_order_is_read_and_no_other(count: int) -> None:
    venue = Venue(range(2 * count), order_of=2)
    read = asyncio.run(trades_of(venue.get, "X", "1"))
    assert read == [row for row in venue.trades if row["orderId"] == 1]
