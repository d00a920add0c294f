"""Simulated venues, all stages in one process: it trades, the books are exact, and one seed gives one state."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from sextant.core.instruments import base_asset
from sextant.demo.plan import Plan
from sextant.demo.report import Report, failures, make_report
from sextant.demo.report.ledger_books import state_hash
from topologies.fused import FusedResult, run_fused
from topologies.fused.evidence import evidence_of, tables_of

_SHORT = 12.0
_ASSETS = ("BTC", "ETH", "SOL", "XRP")
_PROGRAM = f"from {__name__} import digests; print(*digests())"


def quiet(line: str) -> None:
    """Show nothing."""


def digests() -> tuple[str, str, int]:
    """Run a short plan and return the hash of the books, the digest of the whole log and the number of fills."""
    result = run_fused(Plan(Path("unused"), seconds=_SHORT, assets=_ASSETS), quiet)
    hashed = state_hash(tables_of(result.store.booked, result.books))
    return hashed, result.log.digest(), result.log.count("execution.fills.v1")


def _in_another_process(hash_seed: str) -> list[str]:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_one_seed_gives_one_state_whatever_the_hash_seed() -> None:
    first, second = _in_another_process("1"), _in_another_process("4242")
    assert first == second
    assert int(first[2]) > 0, "the run must trade, or it proves nothing"


async def _judged(plan: Plan) -> tuple[FusedResult, Report]:
    result = run_fused(plan, quiet)
    return result, await make_report(evidence_of(result, quiet))


async def test_a_minute_trades_over_many_assets_and_the_ledger_equals_the_exchanges() -> None:
    result, report = await _judged(Plan(Path("unused"), seconds=60.0))
    print(f"{result.virtual_s} virtual s in {result.wall_s:.1f} s, {result.cpu_s:.1f} s of one core")
    assert failures(report) == []
    filled = {
        base_asset(each.booking.fill.instrument)
        for each in result.store.booked
        if each.booking.fill is not None
    }
    assert report.orders["FILLED"] >= 20
    assert len(filled) >= 8
    assert {Decimal(amount) for amount in report.trial_balance.values()} == {Decimal(0)}
    assert report.venue_ledger_drift is not None
    drift = [Decimal(text) for venue in report.venue_ledger_drift.values() for text in venue.values()]
    assert drift
    assert not any(drift)
    assert report.orders_traced_ratio == 1.0


@pytest.mark.parametrize("seed", [7, 11])
async def test_a_quiet_market_without_drift_gives_hardly_any_orders(seed: int) -> None:
    _, report = await _judged(Plan(Path("unused"), seconds=20.0, seed=seed, quiet_market=True))
    assert failures(report) == []
    assert sum(report.orders.values()) < 5
    assert report.vectors > 0


def test_another_seed_gives_another_market() -> None:
    runs = [
        run_fused(Plan(Path("unused"), seconds=2.0, seed=seed, assets=("BTC", "ETH")), quiet)
        for seed in (7, 8)
    ]
    assert runs[0].log.digest() != runs[1].log.digest()
