"""The small proof by kills: one run of the whole platform, 20 seeded faults while it trades, nothing lost and nothing doubled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from proofs.faults.telling import Outcome
from proofs.kill import SCALES, prove
from sextant.demo.report.spans import load_spans
from sextant.telemetry.span import Span

# Twenty services start again: on a machine that others use as well this takes its time.
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

LINE = ["ingest", "triangulation", "features", "strategies", "ensemble", "risk", "execution", "ledger"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kill")


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Iterator[Outcome]:
    """The run; what it left stays for whoever looks for the reason of a failure."""
    outcome = prove(11, SCALES["small"], folder, print, has_control_run=False)
    print("\n".join(outcome.lines()))
    yield outcome
    if not outcome.failures():
        shutil.rmtree(folder / "run", ignore_errors=True)


def test_twenty_kills_lose_nothing_and_double_nothing(outcome: Outcome, folder: Path) -> None:
    assert outcome.failures() == [], f"logs: {folder / 'run' / 'logs'}"
    assert {"broker", "takeover", "execution", "ledger", "risk"} <= {each.target for each in outcome.struck}


def services_above(span: Span, spans: dict[bytes, Span]) -> list[str]:
    """Return the services from the root of a span's trace down to it, each once for its neighbouring spans."""
    names = [span.service]
    while (parent := spans.get(span.parent_id)) is not None:
        assert parent.trace_id == span.trace_id
        names.append(parent.service)
        span = parent
    return [name for name, _ in groupby(reversed(names))]


def test_each_fill_that_was_booked_is_below_its_tick_through_every_service(
    outcome: Outcome, folder: Path
) -> None:
    spans = load_spans(folder / "run" / "traces")

    booked = [span for span in spans.values() if span.service == "ledger" and span.parent_id in spans]

    assert len(booked) >= outcome.report.fills > 0
    assert [services_above(span, spans) for span in booked] == [LINE] * len(booked)
