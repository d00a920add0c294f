"""What the proofs make of figures: each shortfall is named, and a whole run passes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proofs.demo import quiet_shortfalls, trading_shortfalls
from proofs.fused import judge
from proofs.market.lag import Passage, lag_of, schedule_start_ns
from sextant.core.time import SECOND
from sextant.demo.report import Report, make_report
from tests.unit.demo.report_story import Story

ASSETS = ("ADA", "BNB", "BTC", "DOGE", "ETH", "LTC", "SOL", "XRP")


@pytest.fixture
async def trading(tmp_path: Path) -> Report:
    report = await make_report(await Story().evidence(tmp_path))
    return replace(report, orders={"FILLED": 20}, filled_assets=ASSETS, first_order_s=29.0)


def test_a_trading_run_passes(trading: Report) -> None:
    assert list(trading_shortfalls(trading)) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"orders": {"FILLED": 19}}, "orders: expected 20 filled or more, was 19"),
        ({"filled_assets": ASSETS[:7]}, "filled_assets: expected 8 or more, was 7"),
        ({"first_order_s": 30.5}, "first_order_s: expected at most 30, was 30.5"),
        ({"first_order_s": None}, "first_order_s: expected at most 30, was None"),
        ({"rss_mb": {"risk": 300.0, "total": 2_000.0}}, "rss_mb of risk: expected below 300, was 300.0"),
        ({"unclean": ("risk",)}, "risk: did not stop cleanly at the end"),
    ],
)
def test_each_shortfall_of_a_trading_run_is_named(
    trading: Report, change: dict[str, Any], named: str
) -> None:
    assert list(trading_shortfalls(replace(trading, **change))) == [named]


def test_a_quiet_run_may_not_trade(trading: Report) -> None:
    assert list(quiet_shortfalls(replace(trading, orders={"FILLED": 4}))) == []
    assert list(quiet_shortfalls(trading)) == ["orders: expected fewer than 5 on a quiet market, was 20"]


def fused(**changes: Any) -> dict[str, Any]:
    return {"state_hash": "a", "log": "b", "fills": 3, "times_real_time": 60.0} | changes


@pytest.mark.parametrize(
    ("second", "recorded", "control", "short"),
    [
        (fused(), fused(), "other", 0),
        (fused(log="c"), fused(), "other", 1),
        (fused(), fused(times_real_time=49.9), "other", 1),
        (fused(), fused(fills=0), "other", 1),
        (fused(), fused(), "a", 1),
    ],
)
def test_fused_runs_are_judged_by_state_speed_fills_and_control(
    second: dict[str, Any], recorded: dict[str, Any], control: str, short: int
) -> None:
    assert len(judge([fused(), second], [recorded], fused(state_hash=control))) == short


def test_the_speed_is_that_of_the_middle_run_not_of_the_best() -> None:
    quick, slow = fused(times_real_time=70.0), fused(times_real_time=40.0)
    assert judge([fused()], [slow, quick, slow], fused(state_hash="other"))
    assert not judge([fused()], [slow, quick, quick], fused(state_hash="other"))


def test_lag_is_told_in_event_time_behind_the_schedule() -> None:
    # At ten times the speed the schedule begins at 5 s of the wall; the third record comes 0.2 s late.
    passages = [Passage(0, 5_000), Passage(20 * SECOND, 7_000), Passage(10 * SECOND, 6_200)]
    start = schedule_start_ns(passages, 10.0)

    lag = lag_of(passages, start, 10.0, 20 * SECOND)

    assert start == 5 * SECOND
    assert lag.largest_s == pytest.approx(2.0)
    assert lag.end_s == pytest.approx(0.0)
    assert lag_of([*passages, Passage(20 * SECOND, 7_500)], start, 10.0, 20 * SECOND).end_s == pytest.approx(
        0.5
    )
