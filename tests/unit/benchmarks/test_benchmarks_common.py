"""Interleaving, medians and tables of the benchmarks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.common.options import parse
from benchmarks.common.runs import interleaved, median_ratio, percentile
from benchmarks.common.table import Table, publish, verdict


def test_cases_take_turns_and_the_warm_up_is_thrown_away() -> None:
    calls: list[str] = []

    def case(name: str) -> int:
        calls.append(name)
        return len(calls)

    results = interleaved({"a": lambda: case("a"), "b": lambda: case("b")}, 2)
    assert calls == ["b", "a", "a", "b", "b", "a"]
    assert results == {"a": [3, 6], "b": [4, 5]}


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    assert median_ratio([4.0, 100.0, 9.0], [2.0, 1.0, 3.0]) == 3.0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_percentile_is_the_smallest_value_that_covers_its_share(values: list[float], share: float) -> None:
    found = percentile(values, share)
    count = len(values)
    assert sum(value <= found for value in values) >= share * count - 1e-9 * count
    assert found == min(values) or sum(value < found for value in values) < share * count


def test_a_percentile_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_table_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("name", ["row", "x", "goal"], [["one", 2.5, "met"], ["two", None, ""]], ["a note"])
    publish(table, tmp_path / "table.json")
    assert capsys.readouterr().out.splitlines() == [
        "name",
        "row     x  goal",
        "one  2.50   met",
        "two     -",
        "a note",
    ]
    written = json.loads((tmp_path / "table.json").read_text())
    assert written["rows"] == [["one", 2.5, "met"], ["two", None, ""]]
    assert written["cores"] >= 1


def test_a_verdict_names_the_goal() -> None:
    assert verdict(2.6, 2.5, at_least=True) == ">= 2.5 met"
    assert verdict(2.6, 2.5, at_least=False) == "<= 2.5 missed"


def test_options_refuse_no_runs() -> None:
    assert parse("ingest", "says", ["--runs", "3"]).runs == 3
    with pytest.raises(SystemExit):
        parse("ingest", "says", ["--runs", "0"])
