"""The recording through all stages in one process: no gap that is not there, books equal to the venue's own best prices, exact books."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofs.market.books import BookAgainstQuotes
from sextant.bus.port import Bus
from sextant.contracts.columns import open_batch
from sextant.demo.plan import Plan
from sextant.demo.report import Report, failures, make_report
from sextant.demo.report.reading import whole_topic
from tests.support.binance_feeds import RECORDINGS
from topologies.fused import FusedResult, run_fused
from topologies.fused.evidence import evidence_of

#: Matching update ids that the documentation of the recordings counts.
_KNOWN = 224


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
    books = await _books(bus)
    compared = {name: own.compare() for name, own in books.items()}
    count = sum(comparisons for comparisons, _ in compared.values())
    print(f"books equal to bookTicker at {count} matching update ids: {compared}")
    assert count >= _KNOWN
    assert [name for name, (_, differences) in compared.items() if differences] == []
    for own in books.values():
        own.alter_one_level()
        assert own.compare()[1] == 1, (
            "the comparison does not find a level that is altered by its smallest unit"
        )


async def _books(bus: Bus) -> dict[str, BookAgainstQuotes]:
    """Return, by instrument, the best prices after each change of depth and the venue's own quotes."""
    found: dict[str, BookAgainstQuotes] = {}
    async for record in whole_topic(bus, "market.events.v1"):
        batch = open_batch(record.value or b"")
        found.setdefault(batch.instrument, BookAgainstQuotes()).see(batch)
    return found
