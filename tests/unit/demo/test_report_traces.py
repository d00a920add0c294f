"""Orders traced from their tick: whole chains only, from spans of a collector's files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sextant.core.errors import InvalidValue
from sextant.demo.report import failures, make_report
from sextant.demo.report.spans import load_spans
from sextant.telemetry.spans import FileExporter
from tests.unit.demo.report_story import STAGES, Story


@pytest.mark.parametrize("stage", [*STAGES, "ledger"])
async def test_an_order_with_a_missing_span_is_not_traced(stage: str, tmp_path: Path) -> None:
    story = Story()
    lost = next(each for each in story.spans if each.service == stage)
    story.spans.remove(lost)

    report = await make_report(await story.evidence(tmp_path))

    assert report.orders_traced_ratio == 0.5
    assert list(report.untraced) == ["sxone"]
    assert [line for line in failures(report) if line.startswith("orders_traced_ratio")]
    assert failures(report, traces_are_whole=False) == []


@pytest.mark.parametrize("field", ["parent_id", "trace_id", "service"])
async def test_an_edge_between_other_spans_is_none(field: str, tmp_path: Path) -> None:
    story = Story()
    place = next(number for number, each in enumerate(story.spans) if each.service == "features")
    wrong: object = "archive" if field == "service" else b"other"
    story.spans[place] = replace(story.spans[place], **{field: wrong})  # type: ignore[arg-type]

    report = await make_report(await story.evidence(tmp_path))

    assert report.orders_traced_ratio == 0.5


async def test_spans_survive_the_file_and_a_cut_last_line(tmp_path: Path) -> None:
    story = Story()
    half = len(story.spans) // 2
    await FileExporter(tmp_path / "one.jsonl").export(story.spans[:half])
    await FileExporter(tmp_path / "two.jsonl").export(story.spans[half:])
    with (tmp_path / "two.jsonl").open("a") as file:
        file.write('{"resourceSpans": [{"resou')

    assert load_spans(tmp_path) == {span.span_id: span for span in story.spans}


async def test_an_unreadable_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{}\n")

    with pytest.raises(InvalidValue, match=r"bad\.jsonl:1"):
        load_spans(tmp_path)
