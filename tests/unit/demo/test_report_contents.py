"""What the report says, what makes it a failure, and how it is shown and written."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from sextant.contracts.execution.v1 import execution_pb2
from sextant.core.time import SECOND
from sextant.demo.report import failures, make_report, render, write_json
from tests.unit.demo.report_story import ORDERS, START, Story

KEYS = {
    *("bus", "mode", "seconds", "seed", "venues", "consensus_basis", "fixes", "degraded_fixes", "vectors"),
    *("signals", "intents", "approved", "refused", "orders", "fills", "entries", "trial_balance"),
    *("venue_ledger_drift", "drift_reason", "dead_letters", "orders_traced_ratio", "tick_to_order_ms"),
    *("stage_ms", "rss_mb", "state_hash", "invariants", "first_order_s", "filled_assets", "unclean"),
}
METRICS = """# TYPE sextant_ingest_frames_total counter
sextant_ingest_frames_total{venue="alpha"} 41.0
sextant_ingest_gaps_total{venue="alpha"} 2.0
sextant_ingest_reconnects_total{venue="alpha"} 1.0
sextant_ingest_events_total{venue="alpha"} 3.0
"""


async def test_the_report_counts_what_the_run_did(tmp_path: Path) -> None:
    report = await make_report(await Story().evidence(tmp_path))

    said = report.to_json()
    assert said.keys() == KEYS
    assert (report.fixes, report.degraded_fixes) == (9, 1)
    assert (report.vectors, report.signals, report.intents, report.approved) == (3, 3, 3, 2)
    assert {name: count for name, count in report.refused.items() if count} == {"STALE": 1}
    assert report.orders == {"CANCELLED": 0, "FILLED": 2, "NOT_SENT": 0, "REJECTED": 0}
    assert (report.fills, report.entries, report.dead_letters) == (3, 6, 0)
    assert report.filled_assets == ("BTC",)
    assert report.trial_balance == {"BTC": "0", "USDT": "0"}
    assert report.venue_ledger_drift == {
        "alpha": {"BTC": "0", "USDT": "0"},
        "beta": {"USDT": "0"},
        "gamma": {"USDT": "0"},
    }
    assert report.rss_mb == {"ingest": 90.5, "risk": 80.0, "total": 670.5}
    assert report.consensus_basis == "operator"
    assert report.first_order_s == 1.0


async def test_an_order_that_no_venue_took_is_not_the_first_one(tmp_path: Path) -> None:
    story = Story()
    for name, state in (("never", "NOT_SENT"), ("refused", "REJECTED")):
        story.order(name, 1, execution_pb2.OrderState.Value(f"ORDER_STATE_{state}"), "1", "0")
        story.said[ORDERS][-1].message.change_time.FromNanoseconds(START)
    for event in story.messages(ORDERS):
        if event.state == execution_pb2.ORDER_STATE_FILLED:
            event.change_time.FromNanoseconds(START + 2 * SECOND)

    assert (await make_report(await story.evidence(tmp_path))).first_order_s == 2.0


async def test_venues_are_counted_by_ingest_and_from_statuses_where_it_was_not_asked(tmp_path: Path) -> None:
    report = await make_report(await Story().evidence(tmp_path, ingest_metrics=METRICS))

    assert report.venues == {
        "alpha": {"frames": 41, "events": 3, "gaps": 2, "reconnects": 1},
        "beta": {"frames": 30, "events": 3, "gaps": 0, "reconnects": 0},
        "gamma": {"frames": 30, "events": 3, "gaps": 0, "reconnects": 0},
    }


async def test_latencies_run_from_the_tick_to_the_call_and_from_stage_to_stage(tmp_path: Path) -> None:
    report = await make_report(await Story().evidence(tmp_path))

    assert report.orders_traced_ratio == 1.0
    assert report.tick_to_order_ms == {"p50": 14.0, "p99": 14.0}
    assert report.stage_ms["risk"] == {"p50": 2.0, "p99": 2.0}
    assert report.stage_ms["ledger"] == {"p50": 3.0, "p99": 3.0}
    assert list(report.stage_ms) == [
        *("ingest", "triangulation", "features", "strategies", "ensemble", "risk", "execution", "ledger")
    ]


async def test_paper_has_no_drift_and_says_why(tmp_path: Path) -> None:
    report = await make_report(await Story().evidence(tmp_path, accounts={}, mode="paper"))

    assert report.venue_ledger_drift is None
    assert report.drift_reason
    assert failures(report) == []


async def test_a_run_without_anything_in_it_fails(tmp_path: Path) -> None:
    story = Story()
    story.said.clear()
    story.books.entries, story.books.postings, story.books.balances = [], [], []

    report = await make_report(
        await story.evidence(tmp_path, accounts={}, archive=None, rss_mb={}, mode="paper")
    )

    empty = {line.partition(":")[0] for line in failures(report) if line.endswith("nothing was found")}
    assert empty == {
        *("venues", "fixes", "vectors", "signals", "intents", "orders", "trial_balance", "rss_mb"),
        *("orders_traced_ratio", "tick_to_order_ms", "stage_ms"),
    }


async def test_a_quiet_market_may_pass_without_orders(tmp_path: Path) -> None:
    report = await make_report(await Story().evidence(tmp_path))
    quiet = replace(
        report,
        orders=dict.fromkeys(report.orders, 0),
        signals=0,
        intents=0,
        orders_traced_ratio=None,
        tick_to_order_ms={"p50": None, "p99": None},
        stage_ms={},
    )

    assert failures(quiet)
    assert failures(replace(quiet, expects_orders=False)) == []


async def test_what_did_not_stop_cleanly_makes_the_run_a_failure(tmp_path: Path) -> None:
    evidence = replace(await Story().evidence(tmp_path), unclean=("risk",))

    assert failures(await make_report(evidence)) == ["risk: did not stop cleanly at the end"]


async def test_the_state_hash_follows_the_books_and_nothing_else(tmp_path: Path) -> None:
    first = (await make_report(await Story().evidence(tmp_path))).state_hash
    story = Story()
    for rows in (story.books.entries, story.books.postings, story.books.balances):
        random.Random(3).shuffle(rows)
    line = story.books.postings[0]
    story.books.postings[0] = replace(line, amount=line.amount * Decimal("1.000"))

    assert (await make_report(await story.evidence(tmp_path))).state_hash == first
    story.books.balances[0] = replace(story.books.balances[0], amount=story.books.balances[0].amount + 1)
    assert (await make_report(await story.evidence(tmp_path))).state_hash != first


async def test_the_file_is_json_with_the_known_keys(tmp_path: Path) -> None:
    report = await make_report(await Story().evidence(tmp_path))

    write_json(report, tmp_path / "new" / "report.json")

    read = json.loads((tmp_path / "new" / "report.json").read_text())
    assert read.keys() == KEYS
    assert all(read["invariants"].values())
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["report.json"]


@pytest.mark.parametrize(("bent", "verdict"), [(False, "Nothing was lost"), (True, "The run has failed")])
async def test_people_read_the_verdict(bent: bool, verdict: str, tmp_path: Path) -> None:
    story = Story()
    if bent:
        story.accounts["beta-main"].balances["USDT"] += 1
    console = Console(record=True, width=140)

    console.print(render(await make_report(await story.evidence(tmp_path))))

    text = console.export_text()
    assert verdict in text
    assert ("beta USDT 1" in text) == bent
    for word in ("tick to order", "no order lost", "1 stale", "2 filled", "alpha"):
        assert word in text
