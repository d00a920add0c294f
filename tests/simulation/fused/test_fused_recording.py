"""The recording through all stages in one process: no gap that is not there, books equal to the venue's own best prices, exact books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sextant.bus.port import Bus
from sextant.contracts.columns import column, scale
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.demo.plan import Plan
from sextant.demo.report import Report, failures, make_report
from sextant.demo.report.reading import whole_topic
from tests.support.binance_feeds import RECORDINGS
from topologies.fused import FusedResult, run_fused
from topologies.fused.evidence import evidence_of

#: Matching update ids that the documentation of the recordings counts.
_KNOWN = 224
_TICKS_EQUAL = 1e-9
Best = tuple[float, float, float, float]


def quiet(line: str) -> None:
    """Show nothing."""


@pytest.fixture(scope="module")
def played() -> FusedResult:
    if not any(RECORDINGS.glob("*.gz")):
        pytest.skip(f"recordings are not at {RECORDINGS}")
    return run_fused(Plan(Path("unused"), recording=RECORDINGS), quiet)


async def _report(result: FusedResult) -> tuple[Bus, Report]:
    evidence = evidence_of(result, quiet)
    return evidence.bus, await make_report(evidence)


async def test_the_recording_runs_whole_and_its_books_equal_the_venues(played: FusedResult) -> None:
    bus, report = await _report(played)
    print(
        f"{played.frames} frames, {played.virtual_s:.1f} s in {played.wall_s:.1f} s ({played.speed:.1f}x), "
        f"{played.cpu_s:.1f} s of one core"
    )
    assert failures(report) == []
    assert report.mode == "paper"
    assert report.drift_reason is not None
    assert sum(venue["frames"] for venue in report.venues.values()) == played.frames == 332_194
    assert {venue["gaps"] for venue in report.venues.values()} == {0}
    assert report.orders["FILLED"] > 0
    compared = await _compare(bus)
    print(f"books equal to bookTicker at {compared.total()} matching update ids: {dict(compared)}")
    assert compared.total() >= _KNOWN


async def _compare(bus: Bus) -> Counter[str]:
    """Compare the best prices after each change of depth with the quote of the same update id; return the comparisons by instrument."""
    by_depth: dict[tuple[str, int], Best] = {}
    by_quote: dict[tuple[str, int], Best] = {}
    async for record in whole_topic(bus, "market.events.v1"):
        batch = mirror.EventBatch.FromString(record.value or b"")
        for update_id, best in _rows(batch.depth, "best_", "last_update_id"):
            if all(best):
                by_depth[batch.instrument, update_id] = best
        by_quote.update(
            {(batch.instrument, number): best for number, best in _rows(batch.quotes, "", "update_id")}
        )
    same = sorted(by_depth.keys() & by_quote.keys())
    for key in same:
        assert by_depth[key] == pytest.approx(by_quote[key], rel=_TICKS_EQUAL), key
    return Counter(instrument for instrument, _ in same)


def _rows(
    table: mirror.DepthColumns | mirror.QuoteColumns, prefix: str, identifier: str
) -> Iterator[tuple[int, Best]]:
    price, quantity = scale(table.price_exponent), scale(table.quantity_exponent)
    names = ("bid_price", "bid_quantity", "ask_price", "ask_quantity")
    columns = [column(getattr(table, prefix + name)).tolist() for name in names]
    for number, bid, bid_size, ask, ask_size in zip(
        column(getattr(table, identifier)).tolist(), *columns, strict=True
    ):
        yield number, (bid * price, bid_size * quantity, ask * price, ask_size * quantity)
