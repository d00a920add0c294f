"""Dashboards are what the code makes of them, and ask only for what is there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deploy.observability.__main__ import FOLDER, files, stale
from deploy.observability.board import Board, Panel
from deploy.observability.boards import all_boards

ROOT = Path(__file__).resolve().parents[3]
BOARDS = all_boards(["alpha", "beta", "gamma"])
RULES = ROOT / "deploy" / "observability" / "rules"


def panels() -> Iterator[tuple[Board, Panel]]:
    for board in BOARDS:
        for panel in board.panels():
            yield board, panel


def test_the_stored_dashboards_are_what_would_be_made_now() -> None:
    """Else run `python -m deploy.observability` and commit what changed."""
    assert stale(files()) == []


def test_there_is_one_for_each_question_and_one_for_each_shipped_venue() -> None:
    venues = yaml.safe_load((ROOT / "config" / "sextant.yaml").read_text(encoding="utf-8"))["venues"]
    names = {
        "overview",
        "market",
        "orders",
        "risk",
        "ledger",
        "runtime",
        *(f"venue-{name}" for name in venues),
    }
    assert {path.stem for path in FOLDER.glob("*.json")} == {f"sextant-{name}" for name in names}


def test_names_titles_and_panels_are_unique_so_that_links_stay_right() -> None:
    assert len({board.name for board in BOARDS}) == len({board.title for board in BOARDS}) == len(BOARDS)
    for board in BOARDS:
        titles = [panel.title for panel in board.panels()]
        assert len(set(titles)) == len(titles), board.name


def test_every_target_has_a_ref_id_and_the_provisioned_source() -> None:
    for path in FOLDER.glob("*.json"):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel.get("targets", ()):
                assert re.fullmatch("[A-H]", target["refId"]), f"{path.name}: {panel['title']}"
                assert target["datasource"] == {"type": "prometheus", "uid": "prometheus"}


def test_latencies_of_the_order_path_show_exemplars() -> None:
    shown = {panel.title for _, panel in panels() if any(query.has_exemplars for query in panel.queries)}
    assert "Frame to acknowledgement, p99" in shown


def test_panels_ask_only_for_what_is_promised_or_recorded() -> None:
    promised = {
        line.split()[0]
        for line in (ROOT / "tests" / "contract" / "metrics.txt").read_text(encoding="utf-8").splitlines()
    }
    recorded = {
        rule["record"]
        for path in RULES.glob("*.yml")
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
        if "record" in rule
    }
    for board, panel in panels():
        for query in panel.queries:
            for name in re.findall(r"\b(?:sextant|stage)[\w:]*", query.expr):
                base = re.sub(r"_(total|bucket|count|sum)$", "", name)
                known = base in promised or name in promised or name in recorded or name == "stage"
                assert known, f"{board.name}, {panel.title}: {name}"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on PATH")
def test_prometheus_reads_every_query(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": query.expr}
        for number, query in enumerate(query for _, panel in panels() for query in panel.queries)
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
